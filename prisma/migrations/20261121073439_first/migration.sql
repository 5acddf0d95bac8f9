-- The first half of this file was made from the schema (src/migrations/make.ts); the second half, from "Integrity" on,
-- is written by hand and is where tenants are kept apart.

-- CreateEnum
CREATE TYPE "repository_state" AS ENUM ('creating', 'ready', 'failed');

-- CreateEnum
CREATE TYPE "run_state" AS ENUM ('running', 'succeeded', 'warning', 'failed', 'cancelled', 'unknown');

-- CreateEnum
CREATE TYPE "command_state" AS ENUM ('queued', 'delivered', 'accepted', 'running', 'succeeded', 'failed', 'refused', 'expired', 'unknown');

-- CreateEnum
CREATE TYPE "management_log_kind" AS ENUM ('attempt', 'link', 'command', 'change');

-- CreateEnum
CREATE TYPE "role" AS ENUM ('owner', 'technician', 'customer_admin', 'customer_viewer');

-- CreateTable
CREATE TABLE "repository" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "folder" TEXT NOT NULL,
    "state" "repository_state" NOT NULL DEFAULT 'creating',
    "error_code" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "repository_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plan" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "repository_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "sources" TEXT[],
    "revision" INTEGER NOT NULL DEFAULT 1,
    "agent_revision" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "plan_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "repository_id" UUID NOT NULL,
    "command_id" UUID,
    "plan_revision" INTEGER NOT NULL,
    "state" "run_state" NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "snapshot_id" TEXT NOT NULL DEFAULT '',
    "files_new" BIGINT NOT NULL DEFAULT 0,
    "files_changed" BIGINT NOT NULL DEFAULT 0,
    "files_unmodified" BIGINT NOT NULL DEFAULT 0,
    "bytes_processed" BIGINT NOT NULL DEFAULT 0,
    "bytes_added" BIGINT NOT NULL DEFAULT 0,
    "files_unreadable" BIGINT NOT NULL DEFAULT 0,
    "unreadable_paths" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "error_code" TEXT NOT NULL DEFAULT '',
    "error_detail" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "command" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "requested_by" UUID NOT NULL,
    "requested_by_name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "reason" TEXT NOT NULL,
    "state" "command_state" NOT NULL DEFAULT 'queued',
    "code" TEXT NOT NULL DEFAULT '',
    "detail" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "command_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "report_cursor" (
    "server_id" UUID NOT NULL,
    "journal_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "last_sequence" BIGINT NOT NULL,

    CONSTRAINT "report_cursor_pkey" PRIMARY KEY ("server_id","journal_id")
);

-- CreateTable
CREATE TABLE "management_log" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID,
    "server_id" UUID,
    "kind" "management_log_kind" NOT NULL,
    "code" TEXT NOT NULL,
    "subject" TEXT NOT NULL DEFAULT '',
    "actor" TEXT NOT NULL DEFAULT '',
    "detail" TEXT NOT NULL DEFAULT '',
    "address" TEXT NOT NULL DEFAULT '',
    "count" INTEGER NOT NULL DEFAULT 1,
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "management_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_account" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_session" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID,
    "user_id" UUID NOT NULL,
    "user_agent" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "user_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "server" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "site_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "opaque_record" TEXT NOT NULL,
    "password_set_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "server_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "server_presence" (
    "server_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "online" BOOLEAN NOT NULL DEFAULT false,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_proof_at" TIMESTAMPTZ(3),
    "offline_code" TEXT NOT NULL DEFAULT '',
    "instance" UUID,
    "session" BIGINT NOT NULL DEFAULT 0,
    "address" TEXT NOT NULL DEFAULT '',
    "agent_version" TEXT NOT NULL DEFAULT '',
    "capabilities" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "hostname" TEXT NOT NULL DEFAULT '',
    "platform" TEXT NOT NULL DEFAULT '',
    "restic_version" TEXT NOT NULL DEFAULT '',
    "clock_skew_ms" BIGINT NOT NULL DEFAULT 0,
    "notices" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "server_presence_pkey" PRIMARY KEY ("server_id")
);

-- CreateTable
CREATE TABLE "provider" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "provider_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "customer" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "handle" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "site" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "site_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "repository_server_id_folder_key" ON "repository"("server_id", "folder");

-- CreateIndex
CREATE UNIQUE INDEX "repository_provider_id_customer_id_server_id_id_key" ON "repository"("provider_id", "customer_id", "server_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "plan_provider_id_customer_id_server_id_id_key" ON "plan"("provider_id", "customer_id", "server_id", "id");

-- CreateIndex
CREATE INDEX "run_server_id_started_at_idx" ON "run"("server_id", "started_at" DESC);

-- CreateIndex
CREATE INDEX "command_server_id_created_at_idx" ON "command"("server_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "management_log_provider_id_last_at_idx" ON "management_log"("provider_id", "last_at" DESC);

-- CreateIndex
CREATE INDEX "management_log_customer_id_last_at_idx" ON "management_log"("customer_id", "last_at" DESC);

-- CreateIndex
CREATE INDEX "management_log_server_id_last_at_idx" ON "management_log"("server_id", "last_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "user_account_email_key" ON "user_account"("email");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_provider_id_id_key" ON "user_account"("provider_id", "id");

-- CreateIndex
CREATE INDEX "user_session_user_id_idx" ON "user_session"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "server_customer_id_name_key" ON "server"("customer_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "server_provider_id_customer_id_id_key" ON "server"("provider_id", "customer_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "server_presence_provider_id_customer_id_server_id_key" ON "server_presence"("provider_id", "customer_id", "server_id");

-- CreateIndex
CREATE UNIQUE INDEX "customer_handle_key" ON "customer"("handle");

-- CreateIndex
CREATE UNIQUE INDEX "customer_provider_id_id_key" ON "customer"("provider_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "site_customer_id_name_key" ON "site"("customer_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "site_provider_id_customer_id_id_key" ON "site"("provider_id", "customer_id", "id");

-- AddForeignKey
ALTER TABLE "repository" ADD CONSTRAINT "repository_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plan" ADD CONSTRAINT "plan_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plan" ADD CONSTRAINT "plan_provider_id_customer_id_server_id_repository_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id", "repository_id") REFERENCES "repository"("provider_id", "customer_id", "server_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_provider_id_customer_id_server_id_plan_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id", "plan_id") REFERENCES "plan"("provider_id", "customer_id", "server_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_provider_id_customer_id_server_id_repository_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id", "repository_id") REFERENCES "repository"("provider_id", "customer_id", "server_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "command" ADD CONSTRAINT "command_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "command" ADD CONSTRAINT "command_provider_id_requested_by_fkey" FOREIGN KEY ("provider_id", "requested_by") REFERENCES "user_account"("provider_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "report_cursor" ADD CONSTRAINT "report_cursor_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "provider"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_provider_id_customer_id_fkey" FOREIGN KEY ("provider_id", "customer_id") REFERENCES "customer"("provider_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_session" ADD CONSTRAINT "user_session_provider_id_user_id_fkey" FOREIGN KEY ("provider_id", "user_id") REFERENCES "user_account"("provider_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "server" ADD CONSTRAINT "server_provider_id_customer_id_fkey" FOREIGN KEY ("provider_id", "customer_id") REFERENCES "customer"("provider_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "server" ADD CONSTRAINT "server_provider_id_customer_id_site_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "site_id") REFERENCES "site"("provider_id", "customer_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "server_presence" ADD CONSTRAINT "server_presence_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "customer" ADD CONSTRAINT "customer_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "provider"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "site" ADD CONSTRAINT "site_provider_id_customer_id_fkey" FOREIGN KEY ("provider_id", "customer_id") REFERENCES "customer"("provider_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ── Integrity that the schema language cannot say ─────────────────────────────────────────────────────────────────────

-- Names and addresses are looked up by equality, so there must be one way to write them.
ALTER TABLE customer ADD CONSTRAINT customer_handle_is_lower_case CHECK (handle = lower(handle COLLATE "C"));
ALTER TABLE server ADD CONSTRAINT server_name_is_lower_case CHECK (name = lower(name COLLATE "C"));
ALTER TABLE user_account ADD CONSTRAINT user_email_is_lower_case CHECK (email = lower(email COLLATE "C"));

-- An empty customer means "sees every customer". A customer's person must never come to stand there by a slip.
ALTER TABLE user_account ADD CONSTRAINT user_role_fits_level
  CHECK ((role IN ('owner', 'technician')) = (customer_id IS NULL));

-- Rewritten all day long: leave room in each page, so that a new version stays in it and no index is touched.
ALTER TABLE server_presence SET (fillfactor = 70);
ALTER TABLE report_cursor SET (fillfactor = 70);

-- ── Roles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- holdfast_app        what the portal is to the database: it owns nothing, cannot bypass row-level security, and is a
--                     member of nothing, so there is nobody it could turn into.
-- holdfast_directory  nobody logs in as it. It owns the lookups that must happen before a tenant is known.
-- Roles belong to the whole cluster, and another database in it may have made them already.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_app') THEN
    CREATE ROLE holdfast_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_directory') THEN
    CREATE ROLE holdfast_directory NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

GRANT USAGE ON SCHEMA public TO holdfast_app, holdfast_directory;

-- ── The tenant of a transaction ───────────────────────────────────────────────────────────────────────────────────────
-- src/client.ts sets both at the start of each transaction, for that transaction only. Unset, or set in an earlier
-- transaction of the same connection (PostgreSQL then remembers an empty text), they are NULL and match no row.

CREATE FUNCTION tenant_provider_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('holdfast.provider_id', true), '')::uuid;

CREATE FUNCTION tenant_customer_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('holdfast.customer_id', true), '')::uuid;

-- Puts a table under the tenant's rule, and says what the application may do with it: one line for each new table.
-- Rows carry provider_id; where they also carry customer_id, a customer sees only its own, and never those without one.
-- The (SELECT ...) makes PostgreSQL ask once per statement, not once per row.
CREATE FUNCTION tenant_table(tenant_table regclass, app_privileges text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  rule text := 'provider_id = (SELECT public.tenant_provider_id())';
BEGIN
  IF EXISTS (SELECT FROM pg_attribute
             WHERE attrelid = tenant_table AND attname = 'customer_id' AND NOT attisdropped) THEN
    rule := rule || ' AND ((SELECT public.tenant_customer_id()) IS NULL OR customer_id = (SELECT public.tenant_customer_id()))';
  ELSE
    -- A table of the provider alone is none of a customer's business.
    rule := rule || ' AND (SELECT public.tenant_customer_id()) IS NULL';
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
  EXECUTE format('CREATE POLICY own_tenant ON %s USING (%s) WITH CHECK (%s)', tenant_table, rule, rule);
  EXECUTE format('GRANT %s ON %s TO holdfast_app', app_privileges, tenant_table);
END $$;

REVOKE ALL ON FUNCTION tenant_table(regclass, text) FROM PUBLIC;

-- ── Who may see and do what ───────────────────────────────────────────────────────────────────────────────────────────
-- DELETE only where a person may take back what he made. What hangs on a deleted row goes by foreign key, for which
-- the application needs no right of its own.

SELECT tenant_table('site', 'SELECT, INSERT, UPDATE, DELETE');
SELECT tenant_table('server', 'SELECT, INSERT, UPDATE, DELETE');
SELECT tenant_table('server_presence', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('repository', 'SELECT, INSERT, UPDATE, DELETE');
SELECT tenant_table('plan', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('run', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('command', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('report_cursor', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('user_account', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('user_session', 'SELECT, INSERT, UPDATE, DELETE');
-- A log is added to. Repeats of one attempt are counted; what was written stays as it was.
SELECT tenant_table('management_log', 'SELECT, INSERT, UPDATE (count, last_at)');

-- The two tables that are tenants themselves: here the row's own id is the tenant. Everybody within sees whose
-- customer he is; only the provider's own people change anything. Nobody inserts a provider but the first-run page.
ALTER TABLE provider ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider FORCE ROW LEVEL SECURITY;
CREATE POLICY seen_by_own_tenant ON provider FOR SELECT
  USING (id = (SELECT tenant_provider_id()));
CREATE POLICY made_by_provider ON provider FOR INSERT
  WITH CHECK (id = (SELECT tenant_provider_id()) AND (SELECT tenant_customer_id()) IS NULL);
CREATE POLICY changed_by_provider ON provider FOR UPDATE
  USING (id = (SELECT tenant_provider_id()) AND (SELECT tenant_customer_id()) IS NULL);
GRANT SELECT, UPDATE (name) ON provider TO holdfast_app;

ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer FORCE ROW LEVEL SECURITY;
CREATE POLICY seen_by_own_tenant ON customer FOR SELECT
  USING (provider_id = (SELECT tenant_provider_id())
         AND ((SELECT tenant_customer_id()) IS NULL OR id = (SELECT tenant_customer_id())));
CREATE POLICY made_by_provider ON customer FOR INSERT
  WITH CHECK (provider_id = (SELECT tenant_provider_id()) AND (SELECT tenant_customer_id()) IS NULL);
CREATE POLICY changed_by_provider ON customer FOR UPDATE
  USING (provider_id = (SELECT tenant_provider_id()) AND (SELECT tenant_customer_id()) IS NULL);
CREATE POLICY removed_by_provider ON customer FOR DELETE
  USING (provider_id = (SELECT tenant_provider_id()) AND (SELECT tenant_customer_id()) IS NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON customer TO holdfast_app;

-- ── The directory: asked before a tenant is known ─────────────────────────────────────────────────────────────────────
-- Signing in, opening a session and greeting an agent each begin with a name and end with a tenant. Each function below
-- has one purpose and runs with the rights of holdfast_directory, which may read just these columns. src/directory.ts
-- is the only caller. Names inside are written in full: the caller's search path decides nothing.

CREATE POLICY read_by_directory ON provider FOR SELECT TO holdfast_directory USING (true);
CREATE POLICY made_by_directory ON provider FOR INSERT TO holdfast_directory WITH CHECK (true);
GRANT SELECT (id, name, created_at), INSERT (id, name) ON provider TO holdfast_directory;

CREATE POLICY read_by_directory ON user_account FOR SELECT TO holdfast_directory USING (true);
CREATE POLICY made_by_directory ON user_account FOR INSERT TO holdfast_directory WITH CHECK (role = 'owner');
GRANT SELECT (id, provider_id, customer_id, email, name, password_hash, role, disabled_at),
      INSERT (id, provider_id, email, name, password_hash, role) ON user_account TO holdfast_directory;

CREATE POLICY read_by_directory ON user_session FOR SELECT TO holdfast_directory USING (true);
GRANT SELECT (id, provider_id, customer_id, user_id, expires_at, revoked_at) ON user_session TO holdfast_directory;

CREATE POLICY read_by_directory ON customer FOR SELECT TO holdfast_directory USING (true);
GRANT SELECT (id, provider_id, handle) ON customer TO holdfast_directory;

CREATE POLICY read_by_directory ON server FOR SELECT TO holdfast_directory USING (true);
GRANT SELECT (id, provider_id, customer_id, name, opaque_record, password_set_at) ON server TO holdfast_directory;

CREATE POLICY read_by_directory ON server_presence FOR SELECT TO holdfast_directory USING (true);
GRANT SELECT (server_id, instance, session) ON server_presence TO holdfast_directory;

CREATE FUNCTION directory_portal_provider()
RETURNS TABLE (id uuid, name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT p.id, p.name FROM public.provider p ORDER BY p.created_at, p.id LIMIT 1;
END $$;

-- False when there is a provider already. Callers wait in line, and each looks again after its turn has come, which
-- only READ COMMITTED does.
CREATE FUNCTION directory_create_first_provider(
  new_provider_id uuid, provider_name text, new_user_id uuid, owner_name text, owner_email text, owner_password_hash text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'directory_create_first_provider needs READ COMMITTED';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('holdfast first provider', 0));
  IF EXISTS (SELECT FROM public.provider) THEN
    RETURN false;
  END IF;
  INSERT INTO public.provider (id, name) VALUES (new_provider_id, provider_name);
  INSERT INTO public.user_account (id, provider_id, email, name, password_hash, role)
    VALUES (new_user_id, new_provider_id, owner_email, owner_name, owner_password_hash, 'owner');
  RETURN true;
END $$;

CREATE FUNCTION directory_find_sign_in(wanted_email text)
RETURNS TABLE (user_id uuid, provider_id uuid, customer_id uuid, name text, role public."role", password_hash text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT u.id, u.provider_id, u.customer_id, u.name, u.role, u.password_hash
    FROM public.user_account u
    WHERE u.email = wanted_email AND u.disabled_at IS NULL;
END $$;

-- The person's tenant is the user's, and a session that claims another one is no session.
CREATE FUNCTION directory_find_session(wanted_session_id uuid)
RETURNS TABLE (session_id uuid, user_id uuid, provider_id uuid, customer_id uuid, name text, email text, role public."role")
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT s.id, u.id, u.provider_id, u.customer_id, u.name, u.email, u.role
    FROM public.user_session s
    JOIN public.user_account u ON u.id = s.user_id AND u.provider_id = s.provider_id
    WHERE s.id = wanted_session_id
      AND s.customer_id IS NOT DISTINCT FROM u.customer_id
      AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
      AND u.disabled_at IS NULL;
END $$;

-- One row for each pair asked, in the order asked.
CREATE FUNCTION directory_find_servers_for_link(handles text[], names text[])
RETURNS TABLE (provider_id uuid, customer_id uuid, server_id uuid, opaque_record text, password_set_at timestamptz,
               instance uuid, session bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT c.provider_id, c.id, s.id, s.opaque_record, s.password_set_at::timestamptz, p.instance, p.session
    FROM unnest(handles, names) WITH ORDINALITY AS asked (handle, name, position)
    LEFT JOIN public.customer c ON c.handle = asked.handle
    LEFT JOIN public.server s ON s.customer_id = c.id AND s.name = asked.name
    LEFT JOIN public.server_presence p ON p.server_id = s.id
    ORDER BY asked.position;
END $$;

-- Whoever migrates may be a mere CREATEROLE role (managed PostgreSQL): to hand a function over it must for a moment be
-- able to become the new owner, and the new owner must for that moment be able to make things in the schema.
GRANT holdfast_directory TO CURRENT_USER;
GRANT CREATE ON SCHEMA public TO holdfast_directory;

DO $$
DECLARE
  lookup regprocedure;
BEGIN
  FOREACH lookup IN ARRAY ARRAY[
    'directory_portal_provider()',
    'directory_create_first_provider(uuid, text, uuid, text, text, text)',
    'directory_find_sign_in(text)',
    'directory_find_session(uuid)',
    'directory_find_servers_for_link(text[], text[])'
  ]::regprocedure[] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', lookup);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO holdfast_app', lookup);
    EXECUTE format('ALTER FUNCTION %s OWNER TO holdfast_directory', lookup);
  END LOOP;
END $$;

REVOKE CREATE ON SCHEMA public FROM holdfast_directory;
REVOKE holdfast_directory FROM CURRENT_USER;
