import type { Handler } from './handler.ts'

/** Interrupts a run and lasts until it has ended. A run that finished just before was not cancelled, and says so. */
export const cancelRun: Handler<'cancelRun'> = {
  policy: { kind: 'cancelRun' },

  check({ runId }, portalId, { runs }) {
    return runs.isActive(portalId, runId) ? null : { code: 'run_unknown' }
  },

  async execute({ runId }, execution, { runs }) {
    execution.begin()
    const result = await runs.cancel(execution.portalId, runId)
    if (result?.outcome === 'cancelled') return execution.end({ state: 'succeeded' })
    return execution.end({ state: 'failed', code: 'run_unknown', detail: 'It had ended already.' })
  },
}
