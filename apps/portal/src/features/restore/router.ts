import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { download } from './download.ts'
import {
  compareInput,
  downloadInput,
  folderInput,
  searchInput,
  snapshotsInput,
  versionsInput,
} from './schema.ts'
import { compare, folder, search, snapshots, versions } from './service.ts'

/** All of it is asked of the server itself. Errors: `not_found`, and what the server refuses (`server_offline`, ...). */
export const restoreRouter = router({
  /** When there are snapshots, and what made them. */
  snapshots: customerProcedure
    .use(needs('look'))
    .input(snapshotsInput)
    .query(({ ctx, input }) => snapshots(ctx, input)),
  folder: customerProcedure
    .use(needs('browse'))
    .input(folderInput)
    .query(({ ctx, input }) => folder(ctx, input)),
  search: customerProcedure
    .use(needs('browse'))
    .input(searchInput)
    .query(({ ctx, input }) => search(ctx, input)),
  versions: customerProcedure
    .use(needs('browse'))
    .input(versionsInput)
    .query(({ ctx, input }) => versions(ctx, input)),
  compare: customerProcedure
    .use(needs('browse'))
    .input(compareInput)
    .query(({ ctx, input }) => compare(ctx, input)),
  /** Gives the id under which the browser comes for it within a minute: `/servers/…/download/…`. */
  download: customerProcedure
    .use(needs('restore'))
    .input(downloadInput)
    .mutation(({ ctx, input }) => download(ctx, input)),
})
