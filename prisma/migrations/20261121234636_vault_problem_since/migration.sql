-- AlterTable
ALTER TABLE "vault" ADD COLUMN     "problem_since" TIMESTAMPTZ(3);
