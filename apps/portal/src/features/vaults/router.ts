import { customerProcedure, needs, ownerProcedure, providerProcedure, router } from '#trpc/procedures.ts'
import { changeInput, offeredInput, registerInput, vaultInput } from './schema.ts'
import { change, list, look, offered, register, remove, trustCommand } from './service.ts'

export const vaultsRouter = router({
  list: providerProcedure.use(needs('look')).query(({ ctx }) => list(ctx)),
  /** What a person types at a vault, so that it believes this portal. */
  trust: providerProcedure.use(needs('look')).query(({ ctx }) => trustCommand(ctx)),
  /** Ids and names of what a server may use. Errors: `not_found` for the server. */
  offered: customerProcedure
    .use(needs('look'))
    .input(offeredInput)
    .query(({ ctx, input }) => offered(ctx, input)),
  /** Asks the vault now. What came of it is the answer, not an error. Errors: `not_found`. */
  look: providerProcedure
    .use(needs('look'))
    .input(vaultInput)
    .mutation(({ ctx, input }) => look(ctx, input)),
  /** Errors: `vault_name_taken`; `refused_by_server` where its certificate cannot be had or is another. */
  register: ownerProcedure.input(registerInput).mutation(({ ctx, input }) => register(ctx, input)),
  /** Errors: `not_found`, and those of `register`. */
  change: ownerProcedure.input(changeInput).mutation(({ ctx, input }) => change(ctx, input)),
  /** Errors: `not_found`, `vault_in_use`. */
  remove: ownerProcedure.input(vaultInput).mutation(({ ctx, input }) => remove(ctx, input)),
})
