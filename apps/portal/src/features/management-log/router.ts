import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { listInput } from './schema.ts'
import { list } from './service.ts'

export const managementLogRouter = router({
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
})
