-- AlterTable
ALTER TABLE "run" ADD COLUMN     "dumps" TEXT,
ADD COLUMN     "hooks" TEXT;

-- AlterTable
ALTER TABLE "server_presence" ADD COLUMN     "offers" TEXT;
