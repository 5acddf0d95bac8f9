import { customerProcedure, needs, providerProcedure, router } from '#trpc/procedures.ts'
import { createInput, listInput, renameInput } from './schema.ts'
import { create, list, rename } from './service.ts'

export const sitesRouter = router({
  /** Errors: `not_found` for the customer. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** Errors: `not_found` for the customer, `site_name_taken`. */
  create: providerProcedure
    .use(needs('customers.change'))
    .input(createInput)
    .mutation(({ ctx, input }) => create(ctx, input)),
  /** Errors: `not_found`, `site_name_taken`. */
  rename: providerProcedure
    .use(needs('customers.change'))
    .input(renameInput)
    .mutation(({ ctx, input }) => rename(ctx, input)),
})
