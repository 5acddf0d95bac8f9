import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { getInput, listInput, pauseInput, removeInput, saveInput } from './schema.ts'
import { get, list, pause, remove, save } from './service.ts'

export const plansRouter = router({
  /** Errors: `not_found` for the server. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** Errors: `not_found`. */
  get: customerProcedure
    .use(needs('look'))
    .input(getInput)
    .query(({ ctx, input }) => get(ctx, input)),
  /** Errors: `not_found` for the server, its repository or the plan; `changed_meanwhile`. */
  save: customerProcedure
    .use(needs('plans.change'))
    .input(saveInput)
    .mutation(({ ctx, input }) => save(ctx, input)),
  /** Errors: `not_found`. */
  pause: customerProcedure
    .use(needs('plans.change'))
    .input(pauseInput)
    .mutation(({ ctx, input }) => pause(ctx, input)),
  /** Errors: `not_found`. */
  remove: customerProcedure
    .use(needs('plans.change'))
    .input(removeInput)
    .mutation(({ ctx, input }) => remove(ctx, input)),
})
