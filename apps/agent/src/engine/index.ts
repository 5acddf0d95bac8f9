/**
 * The engine: restic, driven. The agent decides what is to run and keeps the journal; everything that is peculiar to
 * restic, from 0.14 on, stays in this folder.
 *
 *   findRestic ─► Restic ─┬─► initRepository   init.ts
 *   (probe.ts)            ├─► backup           backup.ts ─ sources.ts, too-old.ts, progress.ts
 *                         ├─► restore, check   restore.ts, check.ts
 *                         ├─► forget, prune    forget.ts
 *                         ├─► listWholeSnapshot, dump  list.ts, dump.ts
 *                         └─► snapshots, …     snapshots.ts
 *
 *   what they stand on, from above to below:
 *     run.ts         a command that locks, and leaves no lock behind        ─ locks.ts, lock-files.ts
 *     invoke.ts      one call on one repository; every end gets its code    ─ diagnosis.ts, messages.ts
 *     program.ts     spawn, stdin, output, SIGINT, SIGKILL                  ─ lines.ts
 *     processes.ts   which process is that, and does it still live?
 *
 * Every failure is an EngineError with a code of the closed list in errors.ts. Secrets reach restic through its
 * environment only, and are taken out of everything that it says.
 *
 * After a crash of the agent, for each run that its journal shows as unfinished: `endOrphan(run)`, and then
 * `clearOwnDeadLocks(restic, repository, runs)`.
 */
export {
  type BackupHooks,
  type BackupRequest,
  type BackupResult,
  backup,
} from './backup.ts'
export { type CheckRequest, check } from './check.ts'
export { codeOfWords } from './diagnosis.ts'
export { type DumpRequest, dump } from './dump.ts'
export { ENGINE_CODES, type EngineCode, EngineError, type EngineFacts, type LockHolder } from './errors.ts'
export { findInSnapshot, snapshotPathOf } from './find-files.ts'
export { type ForgetRequest, forget, prune } from './forget.ts'
export { type InitResult, initRepository } from './init.ts'
export { type ListedNode, listWholeSnapshot, nodeReader } from './list.ts'
export { clearOwnDeadLocks, findLocks, isOwnDeadLock, type Lock } from './locks.ts'
export { type Capabilities, type FindOptions, findRestic, type Restic } from './probe.ts'
export { endOrphan, type OrphanEnd, type RunProcess } from './processes.ts'
export type { BackupProgress } from './progress.ts'
export { type Repository, type Way, withoutSecrets } from './repository.ts'
export { type RestoreHooks, type RestoreRequest, type RestoreResult, restore } from './restore.ts'
export type { RunHooks } from './run.ts'
export {
  filesBelow,
  type ListRequest,
  listSnapshot,
  type Snapshot,
  type SnapshotEntry,
  snapshots,
} from './snapshots.ts'
export { findTooOld, oldestWanted } from './too-old.ts'
export { tryLock, tryOut } from './trial.ts'
