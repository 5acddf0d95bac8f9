-- AlterTable
ALTER TABLE "server_presence" ADD COLUMN     "recipient" TEXT NOT NULL DEFAULT '';
