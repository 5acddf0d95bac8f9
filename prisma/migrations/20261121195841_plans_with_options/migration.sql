-- AlterTable
ALTER TABLE "plan" ADD COLUMN     "options" TEXT NOT NULL DEFAULT '{}',
ADD COLUMN     "paused_at" TIMESTAMPTZ(3);
