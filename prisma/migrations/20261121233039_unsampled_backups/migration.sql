-- AlterTable
ALTER TABLE "run" ADD COLUMN     "unsampled" TEXT;
