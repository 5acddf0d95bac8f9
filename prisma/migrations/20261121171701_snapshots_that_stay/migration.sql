-- AlterTable
ALTER TABLE "plan" ADD COLUMN     "retention" TEXT;

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "bytes_freed" BIGINT,
ADD COLUMN     "snapshots_kept" INTEGER,
ADD COLUMN     "snapshots_removed" INTEGER,
ADD COLUMN     "tidy_code" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "tidy_detail" TEXT NOT NULL DEFAULT '';
