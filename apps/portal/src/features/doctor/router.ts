/**
 * The portal's own doctor. For the provider's own people only: before a knock has a name that is proven, it belongs to no
 * customer, and what stands at the door is nobody else's business.
 */
import { needs, providerProcedure, router } from '#trpc/procedures.ts'
import { visitInput } from './schema.ts'
import { knocks, portal, visit } from './service.ts'

export const doctorRouter = router({
  /** Listeners, certificates, addresses, database, version. */
  portal: providerProcedure.use(needs('look')).query(({ ctx }) => portal(ctx)),
  /** Who knocked at the gateway's door lately. */
  knocks: providerProcedure.use(needs('look')).query(({ ctx }) => knocks(ctx)),
  /** What arrived from the run of an agent's doctor with this code. */
  visit: providerProcedure
    .use(needs('look'))
    .input(visitInput)
    .query(({ ctx, input }) => visit(ctx, input)),
})
