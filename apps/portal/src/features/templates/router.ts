import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { assign, preview } from './assign.ts'
import { offered } from './offered.ts'
import { assignInput, previewInput, saveInput, templateInput, unassignInput, undoInput } from './schema.ts'
import { get, list, remove, save, vaults } from './service.ts'
import { assigned, unassign } from './unassign.ts'
import { applications, undo } from './undo.ts'

/** The tenant decides whose: a customer's people see that customer's templates, and none of the provider's. */
export const templatesRouter = router({
  list: customerProcedure.use(needs('look')).query(({ ctx }) => list(ctx)),
  /** Errors: `not_found`. */
  get: customerProcedure
    .use(needs('look'))
    .input(templateInput)
    .query(({ ctx, input }) => get(ctx, input)),
  vaults: customerProcedure.use(needs('look')).query(({ ctx }) => vaults(ctx)),
  offered: customerProcedure.use(needs('look')).query(({ ctx }) => offered(ctx)),
  /** Errors: `not_found` for the template, its customer or its vault; `changed_meanwhile`. */
  save: customerProcedure
    .use(needs('plans.change'))
    .input(saveInput)
    .mutation(({ ctx, input }) => save(ctx, input)),
  /** Errors: `not_found`. */
  remove: customerProcedure
    .use(needs('plans.change'))
    .input(templateInput)
    .mutation(({ ctx, input }) => remove(ctx, input)),
  /** Changes nothing. Hundreds of servers fit into no address, so it is asked as a change would be. Errors: `not_found`. */
  preview: customerProcedure
    .use(needs('plans.change'))
    .input(previewInput)
    .mutation(({ ctx, input }) => preview(ctx, input)),
  /** Errors: `not_found` for the template or one of the servers; `changed_meanwhile`. */
  assign: customerProcedure
    .use(needs('plans.change'))
    .input(assignInput)
    .mutation(({ ctx, input }) => assign(ctx, input)),
  /** Errors: `not_found`. */
  assigned: customerProcedure
    .use(needs('look'))
    .input(templateInput)
    .query(({ ctx, input }) => assigned(ctx, input)),
  /** Errors: `not_found`; `changed_meanwhile` when one of the plans is not as it was seen, and then nothing is done. */
  unassign: customerProcedure
    .use(needs('plans.change'))
    .input(unassignInput)
    .mutation(({ ctx, input }) => unassign(ctx, input)),
  applications: customerProcedure.use(needs('look')).query(({ ctx }) => applications(ctx)),
  /** Errors: `not_found`; `changed_meanwhile` when it has been taken back already. */
  undo: customerProcedure
    .use(needs('plans.change'))
    .input(undoInput)
    .mutation(({ ctx, input }) => undo(ctx, input)),
})
