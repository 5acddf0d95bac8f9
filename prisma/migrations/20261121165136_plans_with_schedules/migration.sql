-- CreateEnum
CREATE TYPE "run_reason" AS ENUM ('asked', 'schedule', 'missed');

-- AlterTable
ALTER TABLE "plan" ADD COLUMN     "overdue_after_minutes" INTEGER,
ADD COLUMN     "schedule" TEXT,
ADD COLUMN     "scheduled_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "why" "run_reason" NOT NULL DEFAULT 'asked';
