import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { cancelInput, getInput, listInput, startInput } from './schema.ts'
import { cancel, get, list, start } from './service.ts'

export const runsRouter = router({
  /** Gives the command to watch with `commands.get`. Errors: `not_found` for the plan, `repository_not_ready`. */
  start: customerProcedure
    .use(needs('runs.start'))
    .input(startInput)
    .mutation(({ ctx, input }) => start(ctx, input)),
  /** Errors: `not_found`, `run_not_active`. */
  cancel: customerProcedure
    .use(needs('runs.cancel'))
    .input(cancelInput)
    .mutation(({ ctx, input }) => cancel(ctx, input)),
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
})
