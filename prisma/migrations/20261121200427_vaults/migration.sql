-- AlterTable
ALTER TABLE "customer" ADD COLUMN     "vault_quota_bytes" BIGINT;

-- CreateTable
CREATE TABLE "vault" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "authority" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "looked_at" TIMESTAMPTZ(3),
    "reached_at" TIMESTAMPTZ(3),
    "problem_code" TEXT NOT NULL DEFAULT '',
    "problem_detail" TEXT NOT NULL DEFAULT '',
    "version" TEXT NOT NULL DEFAULT '',
    "certificate_sha256" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "vault_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "vault_provider_id_id_key" ON "vault"("provider_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "vault_provider_id_name_key" ON "vault"("provider_id", "name");

-- AddForeignKey
ALTER TABLE "vault" ADD CONSTRAINT "vault_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "provider"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Of the provider alone: a customer learns from the portal what a vault is called, and nothing else of it.
SELECT tenant_table('vault', 'SELECT, INSERT, UPDATE, DELETE');
