/** Looking into the snapshots of a server, live. What the portal itself adds is what it knows of the runs that made them. */
import type { AnswerTo, QueryAnswer, RefusalCode, SnapshotEntry } from '@holdfast/protocol'
import type { z } from 'zod'
import { fromServer } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { type AskedRepository, askServer, checkRepository, readableRepositories } from './asking.ts'
import type { compareInput, folderInput, searchInput, snapshotsInput, versionsInput } from './schema.ts'

/** Hourly snapshots of seven months. Who keeps more sees the newest, and finds the older ones by a search. */
const SNAPSHOTS_MAX = 5_000

type Run = {
  snapshotId: string
  filesNew: bigint
  filesChanged: bigint
  bytesProcessed: bigint
  plan: { id: string; name: string }
}

/** Of all repositories of the server, newest first. */
export async function snapshots(scope: Scope, { serverId }: z.output<typeof snapshotsInput>) {
  const repositories = await readableRepositories(scope, serverId)
  const asked = await Promise.all(repositories.map((repository) => snapshotsOf(scope, serverId, repository)))
  const each = new Map(asked.flatMap(({ entries }) => entries).map((found) => [found.entry.id, found]))
  const found = [...each.values()]
    .sort((a, b) => Date.parse(b.entry.takenAt) - Date.parse(a.entry.takenAt))
    .slice(0, SNAPSHOTS_MAX)
  const runs = await runsThatMade(scope, repositories, found)
  return {
    snapshots: found.map(({ entry, repository }) => toSnapshot(entry, repository, runs.get(entry.id))),
    /** Repositories that could not be asked just now, and of when the list is that stands for them. */
    stale: asked.flatMap(({ stale }) => (stale === null ? [] : [stale])),
  }
}

type Found = { readonly entry: SnapshotEntry; readonly repository: AskedRepository }
type Stale = {
  readonly repositoryName: string
  readonly code: RefusalCode
  /** The server's own words. */
  readonly detail: string
  /** Null: there is no list of it. */
  readonly asOf: Date | null
}

/** Why no repository of a server can be asked: then that is the answer. */
const OF_THE_LINK: ReadonlySet<RefusalCode> = new Set(['server_offline', 'no_answer', 'capability_missing'])

async function snapshotsOf(
  scope: Scope,
  serverId: string,
  repository: AskedRepository,
): Promise<{ entries: Found[]; stale: Stale | null }> {
  const entries: Found[] = []
  let stale: Stale | null = null
  let after: string | null = null
  do {
    const reply: QueryAnswer<'snapshots'> = await scope.portal.agents.ask(scope.session, serverId, {
      kind: 'snapshots',
      repositoryId: repository.id,
      after,
    })
    if (reply.outcome === 'refused') {
      const { code, detail } = reply
      if (OF_THE_LINK.has(code)) throw fromServer(reply)
      return { entries, stale: { repositoryName: repository.name, code, detail, asOf: null } }
    }
    const answer: AnswerTo<'snapshots'> = reply.answer
    entries.push(...answer.snapshots.map((entry) => ({ entry, repository })))
    if (answer.code !== null)
      stale = {
        repositoryName: repository.name,
        code: answer.code,
        detail: answer.detail,
        asOf: new Date(answer.asOf),
      }
    // A server that never comes to an end is not believed.
    after = answer.snapshots.length === 0 ? null : answer.next
  } while (after !== null && entries.length < SNAPSHOTS_MAX)
  return { entries, stale }
}

async function runsThatMade(scope: Scope, repositories: readonly AskedRepository[], found: readonly Found[]) {
  const ids = found.map(({ entry }) => entry.id)
  const runs: Run[] = await scope.db((tx) =>
    tx.run.findMany({
      where: {
        providerId: scope.tenant.providerId,
        repositoryId: { in: repositories.map(({ id }) => id) },
        snapshotId: { in: ids },
      },
      select: {
        snapshotId: true,
        filesNew: true,
        filesChanged: true,
        bytesProcessed: true,
        plan: { select: { id: true, name: true } },
      },
    }),
  )
  return new Map(runs.map((run) => [run.snapshotId, run]))
}

function toSnapshot(entry: SnapshotEntry, repository: AskedRepository, run: Run | undefined) {
  const { id, takenAt, host, paths, pathsMore, files, bytes } = entry
  return {
    ...{ id, host, paths, pathsMore, files },
    at: new Date(takenAt),
    repositoryId: repository.id,
    repositoryName: repository.name,
    ofServer: repository.ofServer,
    /** Null where no run that this portal knows made it. */
    planName: run?.plan.name ?? null,
    bytes: bytes ?? (run ? Number(run.bytesProcessed) : null),
    changes: run ? { filesNew: Number(run.filesNew), filesChanged: Number(run.filesChanged) } : null,
  }
}

export async function folder(scope: Scope, input: z.output<typeof folderInput>) {
  const { serverId, repositoryId, snapshotId, folder, cursor } = input
  await checkRepository(scope, input)
  const { reading, entries, next } = await askServer(scope, serverId, {
    kind: 'snapshotFolder',
    ...{ repositoryId, snapshotId, folder, after: cursor ?? null },
  })
  return {
    /** Not null while the server reads this snapshot for the first time: there are no entries yet. */
    reading,
    entries: entries.map((entry) => ({
      ...entry,
      path: folder === '/' ? `/${entry.name}` : `${folder}/${entry.name}`,
      modifiedAt: entry.modifiedAt === null ? null : new Date(entry.modifiedAt),
    })),
    nextCursor: next,
  }
}

/** By name, in every snapshot of the server. */
export async function search(scope: Scope, { serverId, text }: z.output<typeof searchInput>) {
  const repositories = await readableRepositories(scope, serverId)
  const answers = await Promise.all(
    repositories.map(async ({ id: repositoryId }) => ({
      repositoryId,
      ...(await askServer(scope, serverId, { kind: 'snapshotSearch', repositoryId, text, after: null })),
    })),
  )
  return {
    found: answers.flatMap(({ repositoryId, found }) =>
      found.map(({ first, last, modifiedAt, ...entry }) => ({
        ...entry,
        repositoryId,
        modifiedAt: modifiedAt === null ? null : new Date(modifiedAt),
        first: seen(first),
        last: seen(last),
      })),
    ),
    /** There are more than are shown: the words should say more. */
    isCut: answers.some(({ tooMany, next }) => tooMany || next !== null),
    /** The others are still being read. */
    snapshotsRead: sum(answers.map(({ snapshotsRead }) => snapshotsRead)),
    snapshotsKnown: sum(answers.map(({ snapshotsKnown }) => snapshotsKnown)),
  }
}

/** Of one file, newest first. */
export async function versions(scope: Scope, input: z.output<typeof versionsInput>) {
  const { serverId, repositoryId, path } = input
  await checkRepository(scope, input)
  const answer = await askServer(scope, serverId, { kind: 'fileVersions', repositoryId, path })
  return {
    versions: answer.versions.map(({ first, last, modifiedAt, ...version }) => ({
      ...version,
      modifiedAt: modifiedAt === null ? null : new Date(modifiedAt),
      first: seen(first),
      last: seen(last),
    })),
    isComplete: answer.snapshotsRead >= answer.snapshotsKnown,
  }
}

/** What became different from the older snapshot to the newer one. */
export async function compare(scope: Scope, input: z.output<typeof compareInput>) {
  const { serverId, repositoryId, older, newer, folder, only, text, cursor } = input
  await checkRepository(scope, input)
  const { reading, changes, next } = await askServer(scope, serverId, {
    kind: 'snapshotCompare',
    ...{ repositoryId, older, newer, folder, after: cursor ?? null },
    ...(only && { only }),
    ...(text && { text }),
  })
  return { reading, changes, nextCursor: next }
}

function seen({ id, takenAt }: { readonly id: string; readonly takenAt: string }) {
  return { id, at: new Date(takenAt) }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
