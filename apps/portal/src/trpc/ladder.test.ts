/** Who may call what: one line for each procedure, and a procedure without a line fails. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, startTestConsole, type TestConsole } from '#testing/console.ts'
import { appRouter } from './root.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

const everybody = ['nobody', 'acmeViewer', 'acmeAdmin', 'technician', 'owner'] as const
type Who = (typeof everybody)[number]

const signedIn = everybody.slice(1)
const acting: readonly Who[] = ['acmeAdmin', 'technician', 'owner']
const staff: readonly Who[] = ['technician', 'owner']

const MAY_CALL: Record<string, readonly Who[]> = {
  'browse.folder': acting,
  'commands.get': signedIn,
  'conditions.list': signedIn,
  'conditions.setKnown': staff,
  'conditions.summary': signedIn,
  'copies.list': signedIn,
  'copies.keep': staff,
  'copies.split': staff,
  'copies.choose': staff,
  'customers.list': signedIn,
  'customers.get': signedIn,
  'customers.create': staff,
  'customers.rename': staff,
  'doctor.portal': staff,
  'doctor.knocks': staff,
  'doctor.visit': staff,
  'drills.list': signedIn,
  'drills.start': acting,
  'drills.trustKey': staff,
  'firewallSheet.get': signedIn,
  'managementLog.list': signedIn,
  'managementLog.retention': signedIn,
  'managementLog.setRetention': ['owner'],
  'overview.summary': signedIn,
  'overview.notProtected': signedIn,
  'plans.list': signedIn,
  'plans.get': signedIn,
  'plans.save': acting,
  'plans.pause': acting,
  'plans.remove': acting,
  'recovery.get': signedIn,
  'recovery.missing': signedIn,
  'recovery.setKey': acting,
  'recovery.sealed': acting,
  'recovery.forRestore': acting,
  'repositories.list': signedIn,
  'repositories.create': acting,
  'repositories.agent': signedIn,
  'repositories.setCredentials': acting,
  'repositories.test': acting,
  'repositories.sshKeys': acting,
  'restore.snapshots': signedIn,
  'restore.folder': acting,
  'restore.search': acting,
  'restore.versions': acting,
  'restore.compare': acting,
  'restore.download': acting,
  'restore.start': acting,
  'restore.others': acting,
  'restore.openRepository': acting,
  'restore.closeRepository': acting,
  'restore.cancel': acting,
  'restore.get': signedIn,
  'restore.list': signedIn,
  'restore.running': signedIn,
  'runs.start': acting,
  'runs.cancel': acting,
  'runs.list': signedIn,
  'runs.get': signedIn,
  'serverPage.presence': signedIn,
  'servers.get': signedIn,
  'servers.beginRegistration': staff,
  'servers.register': staff,
  'servers.beginPasswordChange': staff,
  'servers.changePassword': staff,
  'servers.setDialAddress': staff,
  'servers.remove': ['owner'],
  'servers.joinFacts': staff,
  'session.me': signedIn,
  'session.signOut': signedIn,
  'setup.state': everybody,
  'setup.create': everybody,
  'sites.list': signedIn,
  'sites.create': staff,
  'sites.rename': staff,
  'templates.list': signedIn,
  'templates.get': signedIn,
  'templates.vaults': signedIn,
  'templates.offered': signedIn,
  'templates.save': acting,
  'templates.remove': acting,
  'templates.preview': acting,
  'templates.assign': acting,
  'templates.assigned': signedIn,
  'templates.unassign': acting,
  'templates.applications': signedIn,
  'templates.undo': acting,
  'tree.all': signedIn,
  'vaultUsage.ofCustomer': signedIn,
  'vaultUsage.setQuota': staff,
  'vaults.list': staff,
  'vaults.trust': staff,
  'vaults.look': staff,
  'vaults.offered': signedIn,
  'vaults.register': ['owner'],
  'vaults.change': ['owner'],
  'vaults.remove': ['owner'],
}

test('every procedure says who may call it', () => {
  expect(Object.keys(MAY_CALL).sort()).toEqual(Object.keys(appRouter._def.procedures).sort())
})

/** Calls without input: rights are asked before the input is read, so who may not is told so, and who may is not. */
async function answerTo(who: Who, path: string): Promise<string> {
  const procedure = path.split('.').reduce((at: object, name) => Reflect.get(at, name), portal[who])
  if (typeof procedure !== 'function') throw new Error(`There is no procedure ${path}.`)
  const answer: Promise<unknown> = Reflect.apply(procedure, undefined, [])
  return answer.then(
    () => 'answered',
    () => codeOf(answer),
  )
}

describe.each(Object.entries(MAY_CALL))('%s', (path, allowed) => {
  test.each(everybody.filter((who) => path !== 'session.signOut' || who === 'nobody'))(
    'for %s',
    async (who) => {
      const answer = await answerTo(who, path)
      const denied = who === 'nobody' ? 'not_signed_in' : 'not_allowed'
      if (allowed.includes(who)) expect(['answered', 'invalid_input', 'already_set_up']).toContain(answer)
      else expect(answer).toBe(denied)
    },
  )
})

test('nothing is changed for a page that is not the console’s own', async () => {
  const { owner } = portal
  const foreign = appRouter.createCaller({ ...portal.contexts.owner, fromOwnPage: false })
  const before = await owner.customers.list({})
  const input = { name: 'Evil', handle: 'evil', timeZone: 'UTC' }
  expect(await codeOf(foreign.customers.create(input))).toBe('foreign_page')
  expect(await owner.customers.list({})).toEqual(before)
})
