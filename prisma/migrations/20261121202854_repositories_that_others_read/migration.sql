-- CreateTable
CREATE TABLE "repository_reader" (
    "server_id" UUID NOT NULL,
    "repository_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "command_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "repository_reader_pkey" PRIMARY KEY ("server_id","repository_id")
);

-- AddForeignKey
ALTER TABLE "repository_reader" ADD CONSTRAINT "repository_reader_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "repository_reader" ADD CONSTRAINT "repository_reader_provider_id_customer_id_owner_id_reposit_fkey" FOREIGN KEY ("provider_id", "customer_id", "owner_id", "repository_id") REFERENCES "repository"("provider_id", "customer_id", "server_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Who may see and do what
SELECT tenant_table('repository_reader', 'SELECT, INSERT, UPDATE, DELETE');
