-- A repository may be elsewhere than in a folder. Those that are there stay what they are. Their rows are rewritten by a
-- change of type, because row-level security keeps an UPDATE from them.
ALTER TABLE "repository" RENAME COLUMN "folder" TO "location";
ALTER INDEX "repository_server_id_folder_key" RENAME TO "repository_server_id_location_key";
ALTER TABLE "repository"
  ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'folder',
  ADD COLUMN "place" TEXT NOT NULL DEFAULT '';
ALTER TABLE "repository"
  ALTER COLUMN "place" TYPE TEXT USING json_build_object('kind', 'folder', 'folder', "location")::text;
ALTER TABLE "repository" ALTER COLUMN "place" DROP DEFAULT;
