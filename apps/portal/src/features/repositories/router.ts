import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { createInput, listInput } from './schema.ts'
import { create, list } from './service.ts'

export const repositoriesRouter = router({
  /** Errors: `not_found` for the server. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** Asks the server to make it; its state tells how that went. Errors: `not_found` for the server, `folder_taken`. */
  create: customerProcedure
    .use(needs('plans.change'))
    .input(createInput)
    .mutation(({ ctx, input }) => create(ctx, input)),
})
