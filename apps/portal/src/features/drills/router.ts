import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { listInput, startInput, trustKeyInput } from './schema.ts'
import { list, start, trustKey } from './service.ts'

export const drillsRouter = router({
  /** The restore drills of a server, the newest first, each with its proof. Errors: `not_found`. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** Gives the command to watch with `commands.get`. Errors: `not_found` for the plan, `capability_missing`. */
  start: customerProcedure
    .use(needs('runs.start'))
    .input(startInput)
    .mutation(({ ctx, input }) => start(ctx, input)),
  /** What this drill was signed by is the key of its server from now on. Errors: `not_found`. */
  trustKey: customerProcedure
    .use(needs('servers.register'))
    .input(trustKeyInput)
    .mutation(({ ctx, input }) => trustKey(ctx, input)),
})
