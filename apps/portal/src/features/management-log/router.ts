import { customerProcedure, needs, ownerProcedure, router } from '#trpc/procedures.ts'
import { listInput, setRetentionInput } from './schema.ts'
import { list, retention, setRetention } from './service.ts'

const looking = customerProcedure.use(needs('look'))

export const managementLogRouter = router({
  list: looking.input(listInput).query(({ ctx, input }) => list(ctx, input)),
  /** How many days it is kept. */
  retention: looking.query(({ ctx }) => retention(ctx)),
  setRetention: ownerProcedure
    .input(setRetentionInput)
    .mutation(({ ctx, input }) => setRetention(ctx, input)),
})
