import type { Handler } from './handler.ts'

/** Puts files of a snapshot back onto this machine. The command lasts as long as the restore, and its id names it. */
export const restore: Handler<'restore'> = {
  // Whether it may be that very folder is asked once it is known where it really is.
  policy: ({ target }) =>
    target.kind === 'original' ? { kind: 'restoreToOriginal' } : { kind: 'restoreElsewhere', realPath: null },

  check(body, portalId, { restores }) {
    return restores.look(portalId, body)
  },

  async execute({ kind: _, ...wanted }, execution, { restores }) {
    const { portalId, commandId } = execution
    execution.begin(() => restores.begin(commandId, portalId, wanted))
    const result = await restores.follow(commandId, wanted)
    const isDone = result.outcome === 'succeeded' || result.outcome === 'warning'
    await execution.end(
      { state: isDone ? 'succeeded' : 'failed', code: result.code ?? undefined, detail: result.detail },
      () => restores.finish(commandId, portalId, wanted, result),
    )
    restores.forget(commandId, result)
  },
}

/** Interrupts a restore and lasts until it has ended. What it has put into place stays. */
export const cancelRestore: Handler<'cancelRestore'> = {
  policy: { kind: 'cancelRestore' },

  check({ restoreId }, portalId, { restores }) {
    return restores.isActive(portalId, restoreId) ? null : { code: 'run_unknown' }
  },

  async execute({ restoreId }, execution, { restores }) {
    execution.begin()
    const result = await restores.cancel(execution.portalId, restoreId)
    if (result?.outcome === 'cancelled') return execution.end({ state: 'succeeded' })
    return execution.end({ state: 'failed', code: 'run_unknown', detail: 'It had ended already.' })
  },
}
