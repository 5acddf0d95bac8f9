-- AlterTable
ALTER TABLE "run" ADD COLUMN     "manifest_digest" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "drill" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "repository_id" UUID NOT NULL,
    "snapshot_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3) NOT NULL,
    "heard_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "has_passed" BOOLEAN NOT NULL,
    "files" BIGINT NOT NULL,
    "files_wrong" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "wrong_paths" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "error_code" TEXT NOT NULL DEFAULT '',
    "error_detail" TEXT NOT NULL DEFAULT '',
    "manifest_digest" TEXT NOT NULL,
    "is_known_manifest" BOOLEAN NOT NULL,
    "signed_text" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "is_signed" BOOLEAN NOT NULL,

    CONSTRAINT "drill_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "drill_server_id_heard_at_idx" ON "drill"("server_id", "heard_at" DESC);

-- CreateIndex
CREATE INDEX "drill_plan_id_heard_at_idx" ON "drill"("plan_id", "heard_at" DESC);

-- AddForeignKey
ALTER TABLE "drill" ADD CONSTRAINT "drill_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ── By hand from here ─────────────────────────────────────────────────────────────────────────────────────────────────

-- A proof is added, and stays as it was.
SELECT tenant_table('drill', 'SELECT, INSERT');
