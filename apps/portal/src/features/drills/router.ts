import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { listInput } from './schema.ts'
import { list } from './service.ts'

export const drillsRouter = router({
  /** The restore drills of a server, the newest first, each with its proof. Errors: `not_found`. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
})
