-- AlterTable
ALTER TABLE "vault" ADD COLUMN     "damaged_total" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "verified_at" TIMESTAMPTZ(3),
ADD COLUMN     "verified_bytes" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "vault_stock" (
    "repository_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "bytes" BIGINT NOT NULL,
    "trash_bytes" BIGINT NOT NULL,
    "counted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "vault_stock_pkey" PRIMARY KEY ("repository_id")
);

-- CreateTable
CREATE TABLE "vault_traffic" (
    "vault_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "month" TEXT NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "bytes_in" BIGINT NOT NULL,
    "bytes_out" BIGINT NOT NULL,
    "requests" BIGINT NOT NULL,

    CONSTRAINT "vault_traffic_pkey" PRIMARY KEY ("vault_id","server_id","month")
);

-- CreateTable
CREATE TABLE "vault_damage" (
    "repository_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_in_trash" BOOLEAN NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "vault_id" UUID NOT NULL,
    "found" TEXT NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "vault_damage_pkey" PRIMARY KEY ("repository_id","name","is_in_trash")
);

-- CreateIndex
CREATE INDEX "vault_stock_customer_id_idx" ON "vault_stock"("customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "vault_stock_provider_id_customer_id_server_id_repository_id_key" ON "vault_stock"("provider_id", "customer_id", "server_id", "repository_id");

-- CreateIndex
CREATE INDEX "vault_traffic_customer_id_month_idx" ON "vault_traffic"("customer_id", "month");

-- CreateIndex
CREATE INDEX "vault_damage_customer_id_idx" ON "vault_damage"("customer_id");

-- AddForeignKey
ALTER TABLE "vault_stock" ADD CONSTRAINT "vault_stock_provider_id_customer_id_server_id_repository_i_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id", "repository_id") REFERENCES "repository"("provider_id", "customer_id", "server_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "vault_traffic" ADD CONSTRAINT "vault_traffic_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "vault_damage" ADD CONSTRAINT "vault_damage_provider_id_customer_id_server_id_repository__fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id", "repository_id") REFERENCES "repository"("provider_id", "customer_id", "server_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Who may see and do what
SELECT tenant_table('vault_stock', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('vault_traffic', 'SELECT, INSERT, UPDATE');
SELECT tenant_table('vault_damage', 'SELECT, INSERT, UPDATE, DELETE');
