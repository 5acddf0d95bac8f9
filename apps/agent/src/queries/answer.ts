import type { Query, QueryAnswer, QueryOf, QueryRefusal } from '@holdfast/protocol'
import type { Catalogues } from '../catalogue/catalogues.ts'
import { whyForbidden, wordFor } from '../permission.ts'
import type { PolicyRequest } from '../policy.ts'
import { askSshKeys } from '../repositories/ssh.ts'
import { refusalOf } from '../runs/result.ts'
import type { Portal } from '../state/portals.ts'
import type { State } from '../state/state.ts'
import { browse } from './browse.ts'
import { answerAboutSnapshots, type SnapshotQuery } from './snapshots.ts'

/**
 * How many questions may look at disks at the same time. A share that hangs keeps its reader for minutes, and Node has
 * four threads for all files and for DNS: the link must be able to dial again meanwhile.
 */
const LOOKING_MAX = 2
/** What is answered from the catalogue is quick; what waits for a repository waits beside the others. */
const ASKING_MAX = 8
const ANSWER_MS_MAX = 12_000

const busy = { looking: 0, asking: 0 }

type Context = { readonly state: State; readonly catalogues: Catalogues }

/** Answers a question of a portal. Never later than 12 s, while the portal still waits. */
export async function answerQuery(context: Context, portalId: string, query: Query): Promise<QueryAnswer> {
  const { state } = context
  const portal = state.portals.find(portalId)
  if (portal === null) return refuse('not_joined')
  if (query.kind === 'sshKeys') return answerInTime('asking', () => answerSshKeys(state, portalId, query))
  const forbidden = whyForbidden(state, portalId, requestOf(query), query)
  if (forbidden !== null) return { outcome: 'refused', detail: '', ...forbidden }
  if (query.kind !== 'browse') return answerInTime('asking', aboutSnapshots(context, portal, query))
  return answerInTime('looking', () => browse(query, portal.policy, wordFor(portal, state.portals.all())))
}

function requestOf(query: Exclude<Query, { kind: 'sshKeys' }>): PolicyRequest {
  return query.kind === 'browse' ? { kind: 'browse', realPath: null } : { kind: 'snapshots', path: null }
}

function aboutSnapshots(
  { state, catalogues }: Context,
  portal: Portal,
  query: SnapshotQuery,
): () => Promise<QueryAnswer> {
  const repository = state.repositories.find(portal.id, query.repositoryId)
  if (repository === null) return async () => refuse('repository_unknown')
  return () => answerAboutSnapshots({ query, repository, catalogues, policy: portal.policy })
}

function answerInTime(what: keyof typeof busy, work: () => Promise<QueryAnswer>): Promise<QueryAnswer> {
  if (busy[what] >= (what === 'looking' ? LOOKING_MAX : ASKING_MAX))
    return Promise.resolve(
      what === 'looking'
        ? refuse('no_answer', 'Other folders are still being read.')
        : refuse('too_many_at_once'),
    )
  busy[what] += 1
  const answer = work().finally(() => {
    busy[what] -= 1
  })
  return Promise.race([answer, tooLate(answer)])
}

/** For whom it may make repositories: looking at other machines is of no use to anybody else. */
async function answerSshKeys(
  state: State,
  portalId: string,
  query: QueryOf<'sshKeys'>,
): Promise<QueryAnswer> {
  const forbidden = whyForbidden(state, portalId, { kind: 'createRepository' }, query)
  if (forbidden !== null) return { outcome: 'refused', detail: '', ...forbidden }
  try {
    return { outcome: 'answered', answer: await askSshKeys(state.folder, query) }
  } catch (error) {
    const { code, detail = '' } = refusalOf(error)
    return { outcome: 'refused', code, detail }
  }
}

function tooLate(answer: Promise<unknown>): Promise<QueryAnswer> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(refuse('no_answer', 'The disk does not answer.')), ANSWER_MS_MAX)
    void answer.finally(() => clearTimeout(timer))
  })
}

function refuse(
  code: 'not_joined' | 'no_answer' | 'repository_unknown' | 'too_many_at_once',
  detail = '',
): QueryRefusal {
  return { outcome: 'refused', code, detail }
}
