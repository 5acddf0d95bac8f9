-- CreateEnum
CREATE TYPE "condition_severity" AS ENUM ('critical', 'warning', 'notice');

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "end_heard_at" TIMESTAMPTZ(3),
ADD COLUMN     "heard_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateTable
CREATE TABLE "condition" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID,
    "site_id" UUID,
    "server_id" UUID,
    "plan_id" UUID,
    "repository_id" UUID,
    "subject" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "severity" "condition_severity" NOT NULL,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cleared_at" TIMESTAMPTZ(3),
    "known_until" TIMESTAMPTZ(3),
    "known_by" TEXT NOT NULL DEFAULT '',
    "known_note" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "condition_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "condition_server_id_since_idx" ON "condition"("server_id", "since" DESC);

-- CreateIndex
CREATE INDEX "condition_provider_id_cleared_at_id_idx" ON "condition"("provider_id", "cleared_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "condition_subject_code_cleared_at_idx" ON "condition"("subject", "code", "cleared_at" DESC);

-- CreateIndex
CREATE INDEX "run_plan_id_started_at_idx" ON "run"("plan_id", "started_at" DESC);

-- AddForeignKey
ALTER TABLE "condition" ADD CONSTRAINT "condition_provider_id_customer_id_site_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "site_id") REFERENCES "site"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "condition" ADD CONSTRAINT "condition_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ── By hand from here ─────────────────────────────────────────────────────────────────────────────────────────────────

SELECT tenant_table('condition', 'SELECT, INSERT, UPDATE');

-- One open row for each subject and code: whoever finds it again changes that one.
CREATE UNIQUE INDEX condition_open_idx ON condition (provider_id, subject, code) WHERE cleared_at IS NULL;
-- What is open is asked for on every page; what is over only grows.
CREATE INDEX condition_open_since_idx ON condition (provider_id, since DESC, id DESC) WHERE cleared_at IS NULL;
