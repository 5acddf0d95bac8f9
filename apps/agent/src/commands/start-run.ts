import { Failure } from '../failure.ts'
import { whyForbidden } from '../permission.ts'
import type { Handler } from './handler.ts'

/** "Back up now": runs a plan in the revision that the person saw. The command lasts as long as its run. */
export const startRun: Handler<'startRun'> = {
  policy: { kind: 'startRun' },

  check({ planId, revision }, portalId, { runs, state }) {
    const startable = runs.look(portalId, planId, revision)
    if (!startable.ok) return startable.refusal
    // What was set while more was allowed.
    const paths = [startable.plan.sources, startable.repository.place]
    return whyForbidden(state, portalId, { kind: 'startRun' }, paths)
  },

  async execute({ planId, revision }, execution, { runs }) {
    const { portalId, commandId } = execution
    const startable = runs.look(portalId, planId, revision)
    if (!startable.ok) throw new Failure(startable.refusal)
    const { plan, repository } = startable
    let runId = ''
    execution.begin(() => {
      runId = runs.begin(portalId, plan, { commandId, why: 'asked' })
    })
    const result = await runs.follow(runId, plan, repository)
    const isDone = result.outcome === 'succeeded' || result.outcome === 'warning'
    await execution.end(
      { state: isDone ? 'succeeded' : 'failed', code: result.code ?? undefined, detail: result.detail },
      () => runs.finish(runId, portalId, result),
    )
    runs.forget(runId, result)
  },
}
