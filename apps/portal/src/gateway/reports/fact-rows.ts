/**
 * Facts from agents as rows for SQL, sorted by kind. What an agent says about ids is not believed: each row carries the
 * server that said it, and effects.ts touches nothing that is not that server's. What it says otherwise is bounded by
 * its schema, and made fit for PostgreSQL here.
 */
import type { Fact, Report } from '@holdfast/protocol'
import { drillText, isDrillSigned } from '@holdfast/protocol/drill-proof'
import { v7 as uuidv7 } from 'uuid'
import { storable, storableDeep } from '#log/foreign.ts'

export type Reported = { readonly serverId: string; readonly reports: readonly Report[] }

type Of<Type extends Fact['type']> = Extract<Fact, { type: Type }>

/** A clock may be wrong by decades, but a time must stay one that PostgreSQL and people can read. */
const TIME_MAX_MS = Date.UTC(2200, 0)

export function toRows(reported: readonly Reported[]) {
  const rows = {
    runStarted: [] as ReturnType<typeof runStarted>[],
    runFinished: [] as ReturnType<typeof runFinished>[],
    commandChanged: [] as ReturnType<typeof commandChanged>[],
    repositoryChanged: [] as ReturnType<typeof repositoryChanged>[],
    recoveryHeld: new Map<string, string>(),
    repositorySealed: [] as ReturnType<typeof repositorySealed>[],
    restoreFinished: [] as ReturnType<typeof restoreFinished>[],
    drillFinished: [] as ReturnType<typeof drillFinished>[],
    plansHeld: new Map<string, Of<'plansHeld'>['held']>(),
  }
  for (const { serverId, reports } of reported) {
    for (const { sequence, fact } of reports) {
      const of = { serverId, sequence }
      switch (fact.type) {
        case 'runStarted':
          rows.runStarted.push(runStarted(of, fact))
          break
        case 'runFinished':
          rows.runFinished.push(runFinished(of, fact))
          break
        case 'drillFinished':
          rows.drillFinished.push(drillFinished(of, fact))
          break
        case 'commandChanged':
          rows.commandChanged.push(commandChanged(of, fact))
          break
        case 'repositoryChanged':
          rows.repositoryChanged.push(repositoryChanged(of, fact))
          break
        case 'recoveryHeld':
          rows.recoveryHeld.set(serverId, fact.recipient)
          break
        case 'repositorySealed':
          rows.repositorySealed.push(repositorySealed(of, fact))
          break
        case 'restoreFinished':
          rows.restoreFinished.push(restoreFinished(of, fact))
          break
        case 'plansHeld':
          // The whole truth each time: the last one counts.
          rows.plansHeld.set(serverId, fact.held)
          break
      }
    }
  }
  return rows
}

type Source = { readonly serverId: string; readonly sequence: number }

function runStarted(of: Source, fact: Of<'runStarted'>) {
  const { runId, planId, planRevision, repositoryId, commandId, startedAt, why = 'asked' } = fact
  return {
    ...of,
    runId,
    planId,
    planRevision,
    repositoryId,
    commandId,
    why,
    startedAt: storableTime(startedAt),
  }
}

function runFinished(of: Source, fact: Of<'runFinished'>) {
  const { runId, outcome, finishedAt, snapshotId, counts, code, detail, tidied, dumps, hooks, verified } =
    fact
  return {
    ...of,
    ...{ runId, outcome, snapshotId, code },
    finishedAt: storableTime(finishedAt),
    detail: storable(detail, 2_000),
    ...counts,
    snapshotsRemoved: atMost(INT_MAX, tidied?.snapshotsRemoved),
    snapshotsKept: atMost(INT_MAX, tidied?.snapshotsKept),
    bytesFreed: tidied?.bytesFreed ?? null,
    tidyCode: tidied?.code ?? null,
    tidyDetail: storable(tidied?.detail ?? '', 2_000),
    dumps: dumps ? JSON.stringify(storableDeep(dumps)) : null,
    hooks: hooks ? JSON.stringify(storableDeep(hooks)) : null,
    manifestDigest: fact.manifest?.digest ?? '',
    damagedPart: verified?.code === 'repository_damaged' ? verified.part : null,
    damagedParts: verified?.code === 'repository_damaged' ? verified.parts : null,
    unsampled: fact.unsampled ? JSON.stringify(storableDeep(fact.unsampled)) : null,
    verified: verified ? JSON.stringify(storableDeep(verified)) : null,
    unreadablePaths: (counts?.unreadablePaths ?? []).map((path) => storable(path, 4_096)),
  }
}

const INT_MAX = 2 ** 31 - 1

function atMost(max: number, count: number | undefined): number | null {
  return count === undefined ? null : Math.min(max, count)
}

function drillFinished(of: Source, fact: Of<'drillFinished'>) {
  const { startedAt, finishedAt, wrongPaths, detail, outcome, key: publicKey, signature, ...same } = fact
  return {
    ...of,
    ...same,
    ...{ publicKey, signature },
    hasPassed: outcome === 'passed',
    startedAt: storableTime(startedAt),
    finishedAt: storableTime(finishedAt),
    wrongPaths: wrongPaths.map((path) => storable(path, 4_096)),
    detail: storable(detail, 2_000),
    signedText: drillText(fact),
    isSigned: isDrillSigned(fact),
  }
}

function commandChanged(of: Source, fact: Of<'commandChanged'>) {
  const { commandId, state, code, detail } = fact
  return { ...of, commandId, state, code, detail: storable(detail, 2_000), logId: uuidv7() }
}

function repositoryChanged(of: Source, fact: Of<'repositoryChanged'>) {
  const { repositoryId, state, code, credentialsAt } = fact
  // Older agents say nothing of it, which is not the same as that there is none.
  const said = { saysCredentials: credentialsAt !== undefined, credentialsAt: credentialsAt ?? null }
  return { ...of, repositoryId, state, code, ...said }
}

/** Both are bounded by their letters: nothing that PostgreSQL would not take. */
function repositorySealed(of: Source, { repositoryId, recipient, sealed }: Of<'repositorySealed'>) {
  return { ...of, repositoryId, recipient, sealed }
}

/** What was restored from where stands in the command; of what the agent repeats of it, nothing is taken. */
function restoreFinished(of: Source, fact: Of<'restoreFinished'>) {
  const { restoreId, outcome, startedAt, finishedAt, counts, items, code, detail } = fact
  return {
    ...of,
    ...{ restoreId, outcome, code },
    startedAt: storableTime(startedAt),
    finishedAt: storableTime(finishedAt),
    counts: counts === null ? null : JSON.stringify(counts),
    items: JSON.stringify(items.map((item) => ({ ...item, path: storable(item.path, 4_096) }))),
    detail: storable(detail, 2_000),
  }
}

function storableTime(iso: string): Date {
  return new Date(Math.max(0, Math.min(TIME_MAX_MS, Date.parse(iso) || 0)))
}
