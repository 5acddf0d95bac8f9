import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import type { PortalClient } from '../../portal-client/client.ts'
import { monotonicMs } from '../../simulator/instructions.ts'

/** What the first screen of a technician asks, the heaviest question among them. */
const QUESTIONS = ['overview.summary', 'tree.all', 'overview.notProtected', 'customers.list', 'session.me']
/** A page that is live asks about so often while everything changes. */
const EVERY_MS = 100

/** Asks one question after the other until `until`; returns how long each answer took, in ms. */
export async function askConsole(
  person: PortalClient,
  { until }: { readonly until: Promise<unknown> },
): Promise<number[]> {
  let isOver = false
  void until.finally(() => {
    isOver = true
  })
  const milliseconds = []
  for (let n = 0; !isOver; n += 1) {
    const startedAt = monotonicMs()
    await person.query(QUESTIONS[n % QUESTIONS.length] ?? '', {}, z.unknown())
    milliseconds.push(monotonicMs() - startedAt)
    await after(EVERY_MS)
  }
  return milliseconds
}
