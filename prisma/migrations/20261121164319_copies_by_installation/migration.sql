-- Nothing has written here yet. TRUNCATE, because no row is seen without a tenant.
TRUNCATE "server_copy";

-- AlterTable
ALTER TABLE "server_copy" DROP CONSTRAINT "server_copy_pkey",
ADD COLUMN     "chosen_at" TIMESTAMPTZ(3),
ADD COLUMN     "instance" UUID NOT NULL,
ADD CONSTRAINT "server_copy_pkey" PRIMARY KEY ("server_id", "instance");
