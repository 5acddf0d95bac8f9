import { customerProcedure, needs, providerProcedure, router } from '#trpc/procedures.ts'
import { createInput, getInput, listInput, renameInput } from './schema.ts'
import { create, get, list, rename } from './service.ts'

export const customersRouter = router({
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** With its sites and servers. Errors: `not_found`. */
  get: customerProcedure
    .use(needs('look'))
    .input(getInput)
    .query(({ ctx, input }) => get(ctx, input)),
  /** With its first site. Errors: `handle_taken`. */
  create: providerProcedure
    .use(needs('customers.change'))
    .input(createInput)
    .mutation(({ ctx, input }) => create(ctx, input)),
  /** Errors: `not_found`. */
  rename: providerProcedure
    .use(needs('customers.change'))
    .input(renameInput)
    .mutation(({ ctx, input }) => rename(ctx, input)),
})
