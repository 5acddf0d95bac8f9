-- AlterTable
ALTER TABLE "run" ADD COLUMN     "verified" TEXT;
