-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "read_damage" TEXT;
