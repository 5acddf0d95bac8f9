import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { getInput } from './schema.ts'
import { get } from './service.ts'

export const firewallSheetRouter = router({
  /** For everybody who may see the site, its own people above all. Errors: `not_found`. */
  get: customerProcedure
    .use(needs('look'))
    .input(getInput)
    .query(({ ctx, input }) => get(ctx, input)),
})
