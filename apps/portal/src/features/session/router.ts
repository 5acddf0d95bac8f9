import { customerProcedure, router } from '#trpc/procedures.ts'
import { me, signOut } from './service.ts'

export const sessionRouter = router({
  me: customerProcedure.query(({ ctx }) => me(ctx)),
  signOut: customerProcedure.mutation(({ ctx }) => signOut(ctx, ctx.answerHeaders)),
})
