import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { presenceInput } from './schema.ts'
import { presence } from './service.ts'

export const serverPageRouter = router({
  /** The evidence for a server's link, as of this moment. Errors: `not_found`. */
  presence: customerProcedure
    .use(needs('look'))
    .input(presenceInput)
    .query(({ ctx, input }) => presence(ctx, input)),
})
