import { needsSetupCode } from '#auth/setup-code.ts'
import { publicProcedure, router } from '#trpc/procedures.ts'
import { createInput } from './schema.ts'
import { create, isDone } from './service.ts'

export const setupRouter = router({
  /** Whether the portal has its provider already, and whether making it takes the code that the portal printed. */
  state: publicProcedure.query(async ({ ctx }) => ({
    done: await isDone(ctx),
    needsCode: needsSetupCode(ctx.portal.settings),
  })),
  /** Works exactly once. Errors: `already_set_up`, `setup_code_wrong`. */
  create: publicProcedure.input(createInput).mutation(({ ctx, input }) => create(ctx, input)),
})
