import { customerProcedure, needs, providerProcedure, router } from '#trpc/procedures.ts'
import { ofCustomerInput, setQuotaInput } from './schema.ts'
import { ofCustomer, setQuota } from './service.ts'

export const vaultUsageRouter = router({
  /** Errors: `not_found`. */
  ofCustomer: customerProcedure
    .use(needs('look'))
    .input(ofCustomerInput)
    .query(({ ctx, input }) => ofCustomer(ctx, input)),
  /** Errors: `not_found`. */
  setQuota: providerProcedure
    .use(needs('customers.change'))
    .input(setQuotaInput)
    .mutation(({ ctx, input }) => setQuota(ctx, input)),
})
