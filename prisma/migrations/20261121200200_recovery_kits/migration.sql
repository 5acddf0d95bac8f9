-- AlterTable
ALTER TABLE "server" ADD COLUMN     "recovery_recipient" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "recovery_key" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "recipient" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by_name" TEXT NOT NULL,

    CONSTRAINT "recovery_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sealed_key" (
    "repository_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "recipient" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "sealed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sealed_key_pkey" PRIMARY KEY ("repository_id")
);

-- CreateIndex
CREATE INDEX "recovery_key_customer_id_created_at_idx" ON "recovery_key"("customer_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "recovery_key_customer_id_recipient_key" ON "recovery_key"("customer_id", "recipient");

-- CreateIndex
CREATE UNIQUE INDEX "sealed_key_provider_id_customer_id_server_id_repository_id_key" ON "sealed_key"("provider_id", "customer_id", "server_id", "repository_id");

-- AddForeignKey
ALTER TABLE "recovery_key" ADD CONSTRAINT "recovery_key_provider_id_customer_id_fkey" FOREIGN KEY ("provider_id", "customer_id") REFERENCES "customer"("provider_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sealed_key" ADD CONSTRAINT "sealed_key_provider_id_customer_id_server_id_repository_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id", "repository_id") REFERENCES "repository"("provider_id", "customer_id", "server_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Who may see and do what
SELECT tenant_table('recovery_key', 'SELECT, INSERT');
SELECT tenant_table('sealed_key', 'SELECT, INSERT, UPDATE');
