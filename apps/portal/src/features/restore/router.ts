import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { download } from './download.ts'
import { closeRepository, openRepository, others } from './other-servers.ts'
import { cancel, get, list, running, start } from './restores.ts'
import {
  closeRepositoryInput,
  compareInput,
  downloadInput,
  folderInput,
  listInput,
  openRepositoryInput,
  othersInput,
  restoreIdInput,
  runningInput,
  searchInput,
  snapshotsInput,
  startInput,
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
  /** Gives the command, whose id is the restore's from then on. Errors: `not_found`, `capability_missing`. */
  start: customerProcedure
    .use(needs('restore'))
    .input(startInput)
    .mutation(({ ctx, input }) => start(ctx, input)),
  /** Errors: `not_found`, `restore_not_active`. */
  cancel: customerProcedure
    .use(needs('restore'))
    .input(restoreIdInput)
    .mutation(({ ctx, input }) => cancel(ctx, input)),
  /** Errors: `not_found`. */
  get: customerProcedure
    .use(needs('look'))
    .input(restoreIdInput)
    .query(({ ctx, input }) => get(ctx, input)),
  /** What was restored, newest first; without what was only tried out. Errors: `not_found` for the server. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** What is being restored now. */
  running: customerProcedure
    .use(needs('look'))
    .input(runningInput)
    .query(({ ctx, input }) => running(ctx, input)),
  /** Repositories of other servers that this one could read, to restore from them. Errors: `not_found`. */
  others: customerProcedure
    .use(needs('restore'))
    .input(othersInput)
    .query(({ ctx, input }) => others(ctx, input)),
  /** Gives the command. Errors: `not_found`, also across customers and for a folder; `capability_missing`. */
  openRepository: customerProcedure
    .use(needs('restore'))
    .use(needs('recovery.change'))
    .input(openRepositoryInput)
    .mutation(({ ctx, input }) => openRepository(ctx, input)),
  /** Errors: `not_found`. */
  closeRepository: customerProcedure
    .use(needs('restore'))
    .input(closeRepositoryInput)
    .mutation(({ ctx, input }) => closeRepository(ctx, input)),
  /** Gives the id under which the browser comes for it within a minute: `/servers/…/download/…`. */
  download: customerProcedure
    .use(needs('restore'))
    .input(downloadInput)
    .mutation(({ ctx, input }) => download(ctx, input)),
})
