/**
 * Everything that travels over a proven link, in both directions. Each message has a direction in its name, a zod
 * schema here, and an event name on the wire that is the same as its key below. Texts are bounded, because each end
 * treats the other as hostile. Schemas strip keys they do not know, so that a newer peer may add some.
 *
 *   agentToPortal   reports   facts, in order, at least once; acknowledged when durable
 *                   progress  live only; may be lost
 *                   machine   what the agent knows of its machine, whenever that changes
 *                   restoreProgress, downloadChunk, downloadEnd
 *                             only to a portal that has asked for that restore or download
 *   portalToAgent   plans     wanted state, whole; acknowledged when durable
 *                   vaults    where vaults are, and the leave to use them; whole; acknowledged when durable
 *                   command   acknowledged when journalled; an id is never executed twice
 *                   query     answered at once; changes nothing
 *                   download, cancelDownload
 *                             a file or folder of a snapshot, sent in acknowledged chunks (download.ts)
 *                   goodbye   the portal goes away in an orderly way, and says when to come back
 */
import { command } from './commands.ts'
import { cancelDownload, download, downloadChunk, downloadEnd } from './download.ts'
import { goodbye, machine, progress } from './live.ts'
import { plans } from './plans.ts'
import { query } from './queries.ts'
import { reports } from './reports.ts'
import { restoreProgress } from './restore.ts'
import { vaults } from './vaults.ts'

export * from './commands.ts'
export * from './download.ts'
export * from './drills.ts'
export * from './live.ts'
export * from './offers.ts'
export * from './plan-options.ts'
export * from './plans.ts'
export * from './queries.ts'
export * from './reports.ts'
export * from './restore.ts'
export * from './snapshots.ts'
export { refusalCode } from './values.ts'
export * from './vaults.ts'

export const agentToPortal = {
  reports,
  progress,
  machine,
  restoreProgress,
  downloadChunk,
  downloadEnd,
} as const
export const portalToAgent = { plans, vaults, command, query, goodbye, download, cancelDownload } as const

/** Event names as they stand on the wire. */
export const WIRE = {
  handshake: 'handshake',
  agentToPortal: {
    reports: 'agentToPortal.reports',
    progress: 'agentToPortal.progress',
    machine: 'agentToPortal.machine',
    restoreProgress: 'agentToPortal.restoreProgress',
    downloadChunk: 'agentToPortal.downloadChunk',
    downloadEnd: 'agentToPortal.downloadEnd',
  },
  portalToAgent: {
    plans: 'portalToAgent.plans',
    vaults: 'portalToAgent.vaults',
    command: 'portalToAgent.command',
    query: 'portalToAgent.query',
    goodbye: 'portalToAgent.goodbye',
    download: 'portalToAgent.download',
    cancelDownload: 'portalToAgent.cancelDownload',
  },
} as const
