import { z } from 'zod'

/**
 * What an end can do beyond what its protocol version already promises. Unknown names are kept and ignored,
 * so that a newer peer can say what it likes; a missing one means: do not ask for it, and tell the person why.
 */
export const CAPABILITIES = {
  backup: 'runs backup plans with restic',
  browse: 'lists the folders of its machine',
  schedule: 'runs plans by itself, at the times of their schedules',
  retention: 'removes the snapshots that a plan no longer keeps, if its site allows that',
  snapshots: 'lists, opens, searches and compares the snapshots in its repositories',
  restore: 'restores files and folders of a snapshot to its disk',
  download: 'sends files and folders of a snapshot to the portal, as a stream',
  'download.several': 'sends several files and folders of a snapshot as one zip',
  openRepository: 'reads the repository of another server, to restore from it',
  recovery: "seals the keys of its repositories to the customer's recovery key",
  databases: 'dumps the databases that its site offers',
  commands: 'backs up what commands of its site print, and runs hooks of its site',
  bandwidth: 'sends no more in a second than a plan allows for the hour',
  verification: 'reads back what lies in a repository, part by part',
  excludes: 'leaves out what a plan excludes, and files beyond its limits',
  'excludes.age': 'leaves out files that have not changed for longer than a plan says',
  drill: 'restores a sample of a plan now and then, compares it with its source, and signs what came of it',
  'drill.now': 'holds such a drill at once, when it is asked to',
  'repository.folder': 'keeps a repository in a folder of its machine',
  'repository.vault': 'keeps a repository in a vault, by grants of its portal',
  'repository.places': 'keeps repositories at places of other kinds: SFTP, S3, FTP, rclone, REST',
} as const

export type Capability = keyof typeof CAPABILITIES

export const capabilities = z.array(z.string().min(1).max(64)).max(64)

export function has(peer: readonly string[], capability: Capability): boolean {
  return peer.includes(capability)
}
