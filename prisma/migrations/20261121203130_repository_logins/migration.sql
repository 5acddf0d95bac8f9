-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "credentials_at" TIMESTAMPTZ(3);
