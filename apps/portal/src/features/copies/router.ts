import { customerProcedure, needs, providerProcedure, router } from '#trpc/procedures.ts'
import { decideInput, listInput, splitInput } from './schema.ts'
import { choose, keep, list, split } from './service.ts'

const deciding = providerProcedure.use(needs('servers.register'))

export const copiesRouter = router({
  /** The machines that want to be this server while another is, and that nobody has decided about. Errors: `not_found`. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** The linked machine is the right one: this one is kept out. Errors: `not_found`. */
  keep: deciding.input(decideInput).mutation(({ ctx, input }) => keep(ctx, input)),
  /** The copy is the server `newServerId`, registered for it. Errors: `not_found` for any of them. */
  split: deciding.input(splitInput).mutation(({ ctx, input }) => split(ctx, input)),
  /** This one is the right one: cuts the link of the other, and keeps that out. Errors: `not_found`. */
  choose: deciding.input(decideInput).mutation(({ ctx, input }) => choose(ctx, input)),
})
