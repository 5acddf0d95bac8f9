-- CreateTable
CREATE TABLE "restore" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "state" "run_state" NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3) NOT NULL,
    "counts" TEXT,
    "items" TEXT NOT NULL,
    "error_code" TEXT NOT NULL DEFAULT '',
    "error_detail" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "restore_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "restore_server_id_finished_at_idx" ON "restore"("server_id", "finished_at" DESC);

-- AddForeignKey
ALTER TABLE "restore" ADD CONSTRAINT "restore_provider_id_customer_id_server_id_fkey" FOREIGN KEY ("provider_id", "customer_id", "server_id") REFERENCES "server"("provider_id", "customer_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Who may see and do what
SELECT tenant_table('restore', 'SELECT, INSERT, UPDATE');
