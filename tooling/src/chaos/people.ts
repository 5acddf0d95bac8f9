/** Somebody at the console while all this happens: asks for backups, cancels some, and writes down what he was told. */
import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import { PortalRefused } from '../portal-client/client.ts'
import { between, choose, type Random } from '../random.ts'
import type { World } from './faults.ts'
import type { Given, Ledger } from './ledger.ts'
import type { ChaosPlan, ChaosServer } from './server.ts'

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
    if (server.isLeftAlone) continue
    if (!isCancel) {
      const answer = await askForBackup(owner, server, plan, ledger)
      // Nobody goes on clicking at a page that does not answer.
      if (answer === 'lost') await untilAnswering(owner, stop)
      continue
    }
    const input = { serverId: server.serverId, limit: 5 }
    const runs = await within(owner.query('runs.list', input, runList)).catch(() => null)
    const running = runs?.items.find(({ state }) => state === 'running')
    if (running === undefined) continue
    const answer = await ask(() => owner.mutate('runs.cancel', { runId: running.id }, commandGiven))
    const common = { server: server.name, planId: running.planId, askedAtMs: Date.now() }
    ledger.give({ kind: 'cancelRun', ...common, answer })
  }
}

/** Back up now. */
export async function askForBackup(
  owner: Owner,
  server: ChaosServer,
  plan: ChaosPlan,
  ledger: Ledger,
): Promise<Given['answer']> {
  await server.changeData()
  const askedAtMs = Date.now()
  const answer = await ask(() => owner.mutate('runs.start', { planId: plan.id }, commandGiven))
  ledger.give({ kind: 'startRun', server: server.name, planId: plan.id, askedAtMs, answer })
  return answer
}

/** Until the server has it, or for as long as somebody would look. */
export async function untilAccepted(owner: Owner, commandId: string): Promise<void> {
  const deadline = Date.now() + ACCEPTED_MS
  while (Date.now() < deadline) {
    const command = await within(owner.query('commands.get', { commandId }, commandState)).catch(() => null)
    if (command !== null && !['queued', 'delivered'].includes(command.state)) return
    await after(10)
  }
}

const commandState = z.object({ state: z.string() })
const ACCEPTED_MS = 3_000

type Owner = World['portal']['owner']

async function untilAnswering(owner: Owner, stop: AbortSignal): Promise<void> {
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

/** Nobody waits for ever. */
export function within<T>(answer: Promise<T>): Promise<T> {
  const late = new AbortController()
  const tooLate = after(PATIENCE_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error('No answer in time.')
  })
  tooLate.catch(() => {})
  return Promise.race([answer, tooLate]).finally(() => late.abort())
}
