-- DropIndex
DROP INDEX "management_log_customer_id_last_at_idx";

-- DropIndex
DROP INDEX "management_log_provider_id_last_at_idx";

-- DropIndex
DROP INDEX "management_log_server_id_last_at_idx";

-- AlterTable
ALTER TABLE "provider" ADD COLUMN     "log_retention_days" INTEGER NOT NULL DEFAULT 400;

-- CreateTable
CREATE TABLE "server_copy" (
    "server_id" UUID NOT NULL,
    "hostname" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "times" INTEGER NOT NULL DEFAULT 1,
    "dismissed_at" TIMESTAMPTZ(3),
    "became_server_id" UUID,

    CONSTRAINT "server_copy_pkey" PRIMARY KEY ("server_id","hostname","address")
);

-- CreateIndex
CREATE INDEX "management_log_provider_id_last_at_id_idx" ON "management_log"("provider_id", "last_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "management_log_customer_id_last_at_id_idx" ON "management_log"("customer_id", "last_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "management_log_server_id_last_at_id_idx" ON "management_log"("server_id", "last_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "management_log_provider_id_code_last_at_id_idx" ON "management_log"("provider_id", "code", "last_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "management_log_provider_id_kind_last_at_id_idx" ON "management_log"("provider_id", "kind", "last_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "user_session_expires_at_idx" ON "user_session"("expires_at");

-- AddForeignKey
ALTER TABLE "server_copy" ADD CONSTRAINT "server_copy_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ── By hand from here ─────────────────────────────────────────────────────────────────────────────────────────────────

-- DELETE: only the newest copies of a server are kept, or whoever knows its password could fill the table.
SELECT tenant_table('server_copy', 'SELECT, INSERT, UPDATE, DELETE');

-- Shorter than a month would let whoever takes over the portal wipe what he did there.
ALTER TABLE provider ADD CONSTRAINT provider_log_retention CHECK (log_retention_days BETWEEN 30 AND 3650);
GRANT UPDATE (log_retention_days) ON provider TO holdfast_app;

-- The application cannot delete what the log says. It may only ask for what is too old to be taken away, a few rows at a
-- time; and what is younger than a month nobody takes away, whatever the setting says.
CREATE POLICY read_by_directory ON management_log FOR SELECT TO holdfast_directory USING (true);
CREATE POLICY pruned_by_directory ON management_log FOR DELETE TO holdfast_directory
  USING (last_at < now() - interval '30 days');
GRANT SELECT (id, provider_id, last_at), DELETE ON management_log TO holdfast_directory;
GRANT SELECT (log_retention_days) ON provider TO holdfast_directory;

CREATE FUNCTION directory_prune_log(rows_max integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  owner record;
  removed integer;
  removed_in_all integer := 0;
BEGIN
  FOR owner IN SELECT p.id, p.log_retention_days FROM public.provider p LOOP
    DELETE FROM public.management_log WHERE id IN (
      SELECT l.id FROM public.management_log l
      WHERE l.provider_id = owner.id AND l.last_at < now() - make_interval(days => owner.log_retention_days)
      ORDER BY l.last_at
      LIMIT rows_max - removed_in_all
    );
    GET DIAGNOSTICS removed = ROW_COUNT;
    removed_in_all := removed_in_all + removed;
  END LOOP;
  RETURN removed_in_all;
END $$;

GRANT holdfast_directory TO CURRENT_USER;
GRANT CREATE ON SCHEMA public TO holdfast_directory;
REVOKE ALL ON FUNCTION directory_prune_log(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory_prune_log(integer) TO holdfast_app;
ALTER FUNCTION directory_prune_log(integer) OWNER TO holdfast_directory;
REVOKE CREATE ON SCHEMA public FROM holdfast_directory;
REVOKE holdfast_directory FROM CURRENT_USER;
