import { customerProcedure, needs, providerProcedure, router } from '#trpc/procedures.ts'
import { listInput, setKnownInput } from './schema.ts'
import { list, setKnown, summary } from './service.ts'

export const conditionsRouter = router({
  /** What wants attention, in numbers: by severity, and the commonest of the worst. */
  summary: customerProcedure.use(needs('look')).query(({ ctx }) => summary(ctx)),
  /** Conditions, worst and newest first; those that are over by their end. Errors: `not_found` for server and customer. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** Somebody knows of it: until then it is not counted. Errors: `not_found`, also for what is over. */
  setKnown: providerProcedure
    .use(needs('conditions.know'))
    .input(setKnownInput)
    .mutation(({ ctx, input }) => setKnown(ctx, input)),
})
