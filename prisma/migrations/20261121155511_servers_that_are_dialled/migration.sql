-- AlterTable
ALTER TABLE "server" ADD COLUMN     "dial_address" TEXT;

-- AlterTable
ALTER TABLE "server_presence" ADD COLUMN     "is_dialled" BOOLEAN NOT NULL DEFAULT false;
