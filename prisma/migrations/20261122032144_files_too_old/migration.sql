-- AlterTable
ALTER TABLE "run" ADD COLUMN     "bytes_too_old" BIGINT,
ADD COLUMN     "files_too_old" BIGINT;
