import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { all } from './service.ts'

export const treeRouter = router({
  all: customerProcedure.use(needs('look')).query(({ ctx }) => all(ctx)),
})
