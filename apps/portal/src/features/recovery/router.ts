import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { forRestoreInput, ofCustomerInput, setKeyInput } from './schema.ts'
import { forRestore, get, missing, sealed, setKey } from './service.ts'

export const recoveryRouter = router({
  /** The kits of a customer, and which of them opens each repository. Errors: `not_found`. */
  get: customerProcedure
    .use(needs('look'))
    .input(ofCustomerInput)
    .query(({ ctx, input }) => get(ctx, input)),
  /** Customers that have backups and no kit. */
  missing: customerProcedure.use(needs('look')).query(({ ctx }) => missing(ctx)),
  /** Errors: `not_found`, `invalid_input` for what is no key, or was one before. */
  setKey: customerProcedure
    .use(needs('recovery.change'))
    .input(setKeyInput)
    .mutation(({ ctx, input }) => setKey(ctx, input)),
  /** Ciphertext. Errors: `not_found`. */
  sealed: customerProcedure
    .use(needs('recovery.change'))
    .input(ofCustomerInput)
    .query(({ ctx, input }) => sealed(ctx, input)),
  /** Ciphertext, and to whom it is to be sealed anew. Errors: `not_found`, also across customers. */
  forRestore: customerProcedure
    .use(needs('recovery.change'))
    .input(forRestoreInput)
    .query(({ ctx, input }) => forRestore(ctx, input)),
})
