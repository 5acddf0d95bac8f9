import type { Query, QueryAnswer } from '@holdfast/protocol'
import { whyForbidden, wordFor } from '../permission.ts'
import type { State } from '../state/state.ts'
import { browse } from './browse.ts'

/**
 * How many questions may look at disks at the same time. A share that hangs keeps its reader for minutes, and Node has
 * four threads for all files and for DNS: the link must be able to dial again meanwhile.
 */
const LOOKING_MAX = 2
const ANSWER_MS_MAX = 12_000

let looking = 0

/** Answers a question of a portal. Never later than 12 s, while the portal still waits. */
export async function answerQuery(state: State, portalId: string, query: Query): Promise<QueryAnswer> {
  const portal = state.portals.find(portalId)
  if (portal === null) return refuse('not_joined')
  if (query.kind !== 'browse') return { outcome: 'refused', code: 'capability_missing', detail: query.kind }
  const forbidden = whyForbidden(state, portalId, { kind: 'browse', realPath: null }, query)
  if (forbidden !== null) return { outcome: 'refused', detail: '', ...forbidden }
  if (looking >= LOOKING_MAX) return refuse('no_answer', 'Other folders are still being read.')
  looking += 1
  const answer = browse(query, portal.policy, wordFor(portal, state.portals.all())).finally(() => {
    looking -= 1
  })
  return Promise.race([answer, tooLate(answer)])
}

function tooLate(answer: Promise<unknown>): Promise<QueryAnswer> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(refuse('no_answer', 'The disk does not answer.')), ANSWER_MS_MAX)
    void answer.finally(() => clearTimeout(timer))
  })
}

function refuse(code: 'not_joined' | 'no_answer', detail = ''): QueryAnswer {
  return { outcome: 'refused', code, detail }
}
