-- AlterTable: what was kept before keys were known was believed by its signature alone.
ALTER TABLE "drill" ADD COLUMN     "is_known_key" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "drill" ALTER COLUMN "is_known_key" DROP DEFAULT;

-- AlterTable
ALTER TABLE "server" ADD COLUMN     "agent_key" TEXT NOT NULL DEFAULT '';

