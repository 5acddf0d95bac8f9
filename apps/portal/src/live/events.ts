/**
 * What the console is told as it happens. An event names what changed and whose it is; except for progress, which lives
 * nowhere else, it carries no data: the console asks anew through tRPC, which knows what this person may see.
 */
import type { Progress, RestoreProgress } from '@holdfast/protocol'

type Owned = { readonly providerId: string; readonly customerId: string | null }
type OfServer = Owned & { readonly serverId: string }

export type LiveEvent =
  | (OfServer & { readonly type: 'presence'; readonly online: boolean })
  /** What the agent says of its machine changed while the link stayed. */
  | (OfServer & { readonly type: 'machine' })
  | (OfServer & { readonly type: 'progress'; readonly progress: Progress })
  | (OfServer & { readonly type: 'restoreProgress'; readonly progress: RestoreProgress })
  | (OfServer & { readonly type: 'run'; readonly runId: string })
  | (OfServer & { readonly type: 'command'; readonly commandId: string })
  | (OfServer & { readonly type: 'restore'; readonly restoreId: string })
  | (OfServer & { readonly type: 'repository'; readonly repositoryId: string })
  | (OfServer & { readonly type: 'plan' })
  /** A template of plans was added, changed, removed, applied or taken back. */
  | (Owned & { readonly type: 'template' })
  /** A restore drill was held. */
  | (OfServer & { readonly type: 'drill' })
  /** Another machine wanted to be this server, or somebody decided about one. */
  | (OfServer & { readonly type: 'copy' })
  /** Something was found wrong, or is over, or somebody knows of it. Null: about a site, or about everything. */
  | (Owned & { readonly type: 'condition'; readonly serverId: string | null })
  /** A recovery key was made, or an agent sealed to one. */
  | (Owned & { readonly type: 'recovery' })
  /** Customers, sites or servers were added, renamed or removed. */
  | (Owned & { readonly type: 'tree' })
  /** What lies in the vaults was read, or what may. */
  | (Owned & { readonly type: 'vault' })
  | (Owned & { readonly type: 'log' })
