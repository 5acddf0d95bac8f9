import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { notProtectedInput } from './schema.ts'
import { notProtected, summary } from './service.ts'

export const overviewRouter = router({
  /** How many servers have which health. */
  summary: customerProcedure.use(needs('look')).query(({ ctx }) => summary(ctx)),
  /** Servers that are not protected, worst first. */
  notProtected: customerProcedure
    .use(needs('look'))
    .input(notProtectedInput)
    .query(({ ctx, input }) => notProtected(ctx, input)),
})
