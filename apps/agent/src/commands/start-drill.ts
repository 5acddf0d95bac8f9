import type { Handler } from './handler.ts'

/** "Drill now": tries a plan's newest snapshot at once, whenever its next drill is due. The command lasts as long. */
export const startDrill: Handler<'startDrill'> = {
  // It reads what a backup has put there, as a drill does that comes by itself.
  policy: { kind: 'startRun' },

  check({ planId }, portalId, { drills }) {
    return drills.whyNot(portalId, planId)
  },

  async execute({ planId }, execution, { drills }) {
    execution.begin()
    const held = await drills.holdNow(execution.portalId, planId)
    const { outcome, code, detail } = held.drill
    await execution.end(
      { state: outcome === 'passed' ? 'succeeded' : 'failed', code: code ?? undefined, detail },
      held.keep,
    )
    held.tell()
  },
}
