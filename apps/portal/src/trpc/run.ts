/** A run as lists and pages show it. */
import type { Prisma } from '@holdfast/database'
import { storedCode } from './stored-code.ts'

export const runColumns = {
  id: true,
  serverId: true,
  planId: true,
  planRevision: true,
  commandId: true,
  why: true,
  state: true,
  startedAt: true,
  finishedAt: true,
  snapshotId: true,
  filesNew: true,
  filesChanged: true,
  filesUnmodified: true,
  filesUnreadable: true,
  bytesProcessed: true,
  bytesAdded: true,
  filesTooOld: true,
  errorCode: true,
  snapshotsRemoved: true,
  snapshotsKept: true,
  bytesFreed: true,
  tidyCode: true,
  plan: { select: { name: true } },
} as const satisfies Prisma.RunSelect

type RunRow = Prisma.RunGetPayload<{ select: typeof runColumns }>

/** Counts come as numbers: they were bounded when the agent reported them. */
export function toRun(row: RunRow) {
  const { plan, snapshotId, errorCode, snapshotsRemoved, snapshotsKept, bytesFreed, tidyCode, ...run } = row
  const { filesNew, filesChanged, filesUnmodified, filesUnreadable, bytesProcessed, bytesAdded } = row
  return {
    ...run,
    planName: plan.name,
    /** Null when none was made. */
    snapshotId: snapshotId === '' ? null : snapshotId,
    errorCode: storedCode(errorCode),
    /** Null where nothing was to be removed after the backup. */
    tidied:
      snapshotsRemoved === null
        ? null
        : {
            removed: snapshotsRemoved,
            kept: snapshotsKept ?? 0,
            bytesFreed: bytesFreed === null ? null : Number(bytesFreed),
            code: storedCode(tidyCode),
          },
    filesNew: Number(filesNew),
    filesChanged: Number(filesChanged),
    filesUnmodified: Number(filesUnmodified),
    filesUnreadable: Number(filesUnreadable),
    bytesProcessed: Number(bytesProcessed),
    bytesAdded: Number(bytesAdded),
    /** Null where the plan has no limit by age. */
    filesTooOld: row.filesTooOld === null ? null : Number(row.filesTooOld),
  }
}
