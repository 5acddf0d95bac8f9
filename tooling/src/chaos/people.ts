/** Somebody at the console while all this happens: asks for backups, cancels some, and writes down what he was told. */
import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import { PortalRefused } from '../portal-client/client.ts'
import { between, choose, type Random } from '../random.ts'
import type { World } from './faults.ts'
import type { Given, Ledger } from './ledger.ts'

const commandGiven = z.object({ commandId: z.uuid() })
const runList = z.object({
  items: z.array(z.object({ id: z.uuid(), planId: z.uuid(), state: z.string() })),
})

/** At the console nobody waits longer; what becomes of the question then, nobody knows. */
const PATIENCE_MS = 10_000

/** Goes on until it is told to stop. */
export async function askForBackups(
  { portal, servers }: World,
  ledger: Ledger,
  random: Random,
  stop: AbortSignal,
): Promise<void> {
  const { owner } = portal
  while (!stop.aborted) {
    await after(between(random, 100, 700), undefined, { signal: stop }).catch(() => {})
    const server = choose(random, servers)
    const plan = choose(random, server.plans)
    const isCancel = random() < 0.25
    const common = { server: server.name, planId: plan.id, askedAtMs: Date.now() }
    if (!isCancel) {
      await server.changeData()
      const answer = await ask(() => owner.mutate('runs.start', { planId: plan.id }, commandGiven))
      ledger.give({ kind: 'startRun', ...common, answer })
      // Nobody goes on clicking at a page that does not answer.
      if (answer === 'lost') await untilAnswering(owner, stop)
      continue
    }
    const input = { serverId: server.serverId, limit: 5 }
    const runs = await within(owner.query('runs.list', input, runList)).catch(() => null)
    const running = runs?.items.find(({ state }) => state === 'running')
    if (running === undefined) continue
    const answer = await ask(() => owner.mutate('runs.cancel', { runId: running.id }, commandGiven))
    ledger.give({ kind: 'cancelRun', ...common, planId: running.planId, answer })
  }
}

async function untilAnswering(owner: World['portal']['owner'], stop: AbortSignal): Promise<void> {
  const answers = () =>
    within(owner.query('session.me', {}, z.unknown())).then(
      () => true,
      () => false,
    )
  while (!stop.aborted && !(await answers())) await after(100, undefined, { signal: stop }).catch(() => {})
}

async function ask(question: () => Promise<{ commandId: string }>): Promise<Given['answer']> {
  try {
    return { commandId: (await within(question())).commandId }
  } catch (error) {
    // An error of the portal itself may have come after the row was written: nobody can know from here.
    return error instanceof PortalRefused && error.status < 500 ? 'refused' : 'lost'
  }
}

function within<T>(answer: Promise<T>): Promise<T> {
  const late = new AbortController()
  const tooLate = after(PATIENCE_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error('No answer in time.')
  })
  tooLate.catch(() => {})
  return Promise.race([answer, tooLate]).finally(() => late.abort())
}
