import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { folderInput } from './schema.ts'
import { folder } from './service.ts'

export const browseRouter = router({
  /** Asks the server itself. Errors: `not_found`, and what the server refuses (`server_offline`, `folder_missing`, ...). */
  folder: customerProcedure
    .use(needs('browse'))
    .input(folderInput)
    .query(({ ctx, input }) => folder(ctx, input)),
})
