-- AlterTable
ALTER TABLE "vault" ADD COLUMN     "is_relayed" BOOLEAN NOT NULL DEFAULT true;
