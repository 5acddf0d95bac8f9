/** Questions that an agent answers at once, and that change nothing. */
import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { placeHost, sshHostKey } from '../repository-place.ts'
import {
  fileVersionsAnswer,
  snapshotCompareAnswer,
  snapshotFolderAnswer,
  snapshotQueries,
  snapshotSearchAnswer,
  snapshotsAnswer,
} from './snapshots.ts'
import { at, count, detail, path, refusalCode } from './values.ts'

export const query = z.discriminatedUnion('kind', [
  /** `folder: null` asks for the roots: `/`, or the drives. `after` is the last name of the page before. */
  z.object({ kind: z.literal('browse'), folder: path.nullable(), after: z.string().max(1_024).nullable() }),
  ...snapshotQueries,
  /** What an SSH server proves itself with, and what this agent would prove itself with there. */
  z.object({ kind: z.literal('sshKeys'), host: placeHost, port: z.number().int().min(1).max(65_535) }),
])
export type Query = z.output<typeof query>
export type QueryKind = Query['kind']
export type QueryOf<K extends QueryKind> = Extract<Query, { kind: K }>

export const browseEntry = z.object({
  name: z.string().min(1).max(1_024),
  path,
  kind: z.enum(['folder', 'file', 'link', 'other']),
  sizeBytes: count.nullable(),
  modifiedAt: at.nullable(),
})
export type BrowseEntry = z.output<typeof browseEntry>

export const browseAnswer = z.object({
  folder: path.nullable(),
  entries: z.array(browseEntry).max(LIMITS.browseEntriesMax),
  /** There is more after the last entry. */
  more: z.boolean(),
})
export type BrowseAnswer = z.output<typeof browseAnswer>

export const sshKeysAnswer = z.object({
  /** Of the server, each with its fingerprint. A person compares one of them, and pins it. */
  hostKeys: z.array(z.object({ key: sshHostKey, fingerprint: z.string().max(100) })).max(8),
  /** The line for `authorized_keys` there. */
  publicKey: z.string().max(1_000),
})
export type SshKeysAnswer = z.output<typeof sshKeysAnswer>

/** What each kind of question is answered with. */
export const ANSWERS = {
  browse: browseAnswer,
  snapshots: snapshotsAnswer,
  snapshotFolder: snapshotFolderAnswer,
  snapshotSearch: snapshotSearchAnswer,
  snapshotCompare: snapshotCompareAnswer,
  fileVersions: fileVersionsAnswer,
  sshKeys: sshKeysAnswer,
} as const satisfies Record<QueryKind, z.ZodType>
export type AnswerTo<K extends QueryKind> = z.output<(typeof ANSWERS)[K]>

export const queryRefusal = z.object({ outcome: z.literal('refused'), code: refusalCode, detail })
export type QueryRefusal = z.output<typeof queryRefusal>

/** An answer to any question. Whoever asked reads it with `readAnswer`, which takes only one to that very question. */
export type QueryAnswer<K extends QueryKind = QueryKind> =
  | { readonly outcome: 'answered'; readonly answer: AnswerTo<K> }
  | QueryRefusal

const answered = z.object({ outcome: z.literal('answered'), answer: z.unknown() })

/** Null when it is no answer to a question of this kind. */
export function readAnswer<K extends QueryKind>(kind: K, payload: unknown): QueryAnswer<K> | null {
  const refusal = queryRefusal.safeParse(payload)
  if (refusal.success) return refusal.data
  const outer = answered.safeParse(payload)
  const inner = ANSWERS[kind].safeParse(outer.data?.answer)
  return inner.success ? { outcome: 'answered', answer: inner.data as AnswerTo<K> } : null
}
