-- CreateTable
CREATE TABLE "vault_count" (
    "repository_id" UUID NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "vault_count_pkey" PRIMARY KEY ("repository_id","first_at")
);

-- CreateIndex
CREATE INDEX "vault_count_server_id_last_at_idx" ON "vault_count"("server_id", "last_at");

-- AddForeignKey
ALTER TABLE "vault_count" ADD CONSTRAINT "vault_count_provider_id_customer_id_server_id_repository_i_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id", "repository_id") REFERENCES "repository"("provider_id", "customer_id", "server_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Who may see and do what
SELECT tenant_table('vault_count', 'SELECT, INSERT, UPDATE, DELETE');
