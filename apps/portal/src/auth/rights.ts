/**
 * What each role may do, as one table. Whose things it may be done to is another question, and the tenant answers it:
 * the database shows a customer's person nothing but that customer's rows.
 */
export const RIGHTS = {
  look: 'see servers, runs, plans and the log',
  browse: 'look through the folders of a server and through its snapshots',
  restore: 'get files back, onto a server or as a download',
  'plans.change': 'choose what is backed up, and where to',
  'recovery.change': 'make recovery kits, and use what is sealed to them',
  'runs.start': 'start a backup, or a restore drill',
  'runs.cancel': 'cancel a backup',
  'customers.change': 'add and rename customers and sites',
  'conditions.know': 'say that a condition is known, and for how long',
  'servers.register': 'add servers and set their management passwords',
  'servers.remove': 'remove servers',
  'people.change': 'add people and change what they may do',
} as const

export type Right = keyof typeof RIGHTS
export type Role = 'owner' | 'technician' | 'customer_admin' | 'customer_viewer'

const looking = ['look'] as const
const workingOnServers = [
  ...looking,
  'browse',
  'restore',
  'plans.change',
  'recovery.change',
  'runs.start',
  'runs.cancel',
] as const
const runningTheProvider = [
  ...workingOnServers,
  'customers.change',
  'servers.register',
  'conditions.know',
] as const
const everything = [...runningTheProvider, 'servers.remove', 'people.change'] as const

const RIGHTS_OF: Record<Role, ReadonlySet<Right>> = {
  owner: new Set(everything),
  technician: new Set(runningTheProvider),
  customer_admin: new Set(workingOnServers),
  customer_viewer: new Set(looking),
}

export function may(role: Role, right: Right): boolean {
  return RIGHTS_OF[role].has(right)
}

/** All that a role may do, so that the console can leave out what would be denied. */
export function rightsOf(role: Role): readonly Right[] {
  return [...RIGHTS_OF[role]]
}
