import { mkdirSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { DEFAULT_POLICY } from '../policy.ts'
import { tokenFor } from '../testing/cli.ts'
import { CliSite } from '../testing/cli-site.ts'

/** How a person at the server says what a portal may do there. */

let site: CliSite
let gateway: TestGateway

beforeEach(async () => {
  site = new CliSite()
  gateway = await TestGateway.start()
  await site.cli.run(['join'], `${tokenFor(gateway)}\n`)
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const policy = (...words: string[]) => site.cli.run(['policy', ...words])
const logged = async () => (await site.cli.run(['log'])).out
const COMMAND = {
  by: 'Tess Technician',
  reason: '',
  expiresInMs: 60_000,
  body: { kind: 'cancelRun', runId: '019a3f00-3333-7aaa-8bbb-0123456789ab' },
}

test('shows in plain words what each portal may do, and how to change it', async () => {
  const { code, out } = await policy()
  expect(code).toBe(0)
  expect(out).toContain("Bill's IT service, as acme/fs1\n")
  expect(out).toMatch(/allowed {2}run +start and cancel backups, also by a schedule\n/)
  expect(out).toMatch(/denied {3}forget +remove snapshots\n/)
  expect(out).toContain('holdfast-agent policy acme/fs1 allow|deny RULE')
  expect((await policy('acme/fs1')).out).toBe(out)
})

test('is heeded by the running agent at once, and stands in the log with whose hand it was', async () => {
  site.startAgent()
  await gateway.agentOnline()
  const denied = await policy('acme/fs1', 'deny', 'run')
  expect(denied).toMatchObject({ code: 0, err: '' })
  expect(denied.out).toBe(
    'The portal may not start and cancel backups, also by a schedule (rule "run"). The running agent heeds it from now on.\n',
  )
  expect(await gateway.command({ ...COMMAND, id: '019a3f00-4444-7aaa-8bbb-000000000001' })).toEqual({
    outcome: 'refused',
    code: 'policy_refused',
    detail:
      'The rule "run" does not allow it. To allow it, a person at the server types: holdfast-agent policy acme/fs1 allow run',
  })
  const line =
    /policy acme\/fs1: The portal may not start and cancel backups, also by a schedule \(rule "run"\)\. Set here by \S+\./
  expect(await logged()).toMatch(line)

  expect((await policy('acme/fs1', 'allow', 'run')).code).toBe(0)
  const again = { ...COMMAND, id: '019a3f00-4444-7aaa-8bbb-000000000002' }
  expect(await gateway.command(again)).toMatchObject({ code: 'run_unknown' })
})

test('said twice changes nothing the second time', async () => {
  await policy('acme/fs1', 'allow', 'forget')
  const before = await logged()
  const { code, out } = await policy('acme/fs1', 'allow', 'forget')
  expect({ code, out }).toEqual({
    code: 0,
    out: 'The portal may remove snapshots (rule "forget"). That is how it was already.\n',
  })
  expect(await logged()).toBe(before)
})

test('that lets a portal set plans again has it say at once what it wants', async () => {
  await policy('acme/fs1', 'deny', 'configure')
  site.startAgent()
  await gateway.until(() => gateway.hellos.length === 2)
  await policy('acme/fs1', 'allow', 'configure')
  await gateway.until(() => gateway.hellos.length === 3)
})

describe('folders', () => {
  test('are kept as where they really are, the last word counts, and no folder is none', async () => {
    const real = site.folder.at('real')
    mkdirSync(real)
    symlinkSync(real, site.folder.at('link'))
    const { out } = await policy('acme/fs1', 'allow', 'browse', '--root', site.folder.at('link'))
    expect(out).toContain(`The portal may list folders, only below ${real} (rule "browse").`)
    const roots = () => site.withState((state) => state.portals.all()[0]?.policy.browseRoots)
    expect(roots()).toEqual([real])
    await policy('acme/fs1', 'allow', 'browse', '--root', real, '--root', site.folder.path)
    expect(roots()).toEqual([real, site.folder.path])
    await policy('acme/fs1', 'deny', 'browse')
    expect(roots()).toEqual([])
    await policy('acme/fs1', 'allow', 'browse')
    expect(roots()).toBeNull()
  })

  test('bound where files may be restored to as well', async () => {
    await policy('acme/fs1', 'allow', 'restore-elsewhere', '--root', site.folder.path)
    const { out } = await policy('acme/fs1')
    expect(out).toContain(`restore files to another place, only below ${site.folder.path}`)
  })
})

const NO_USE: readonly [string[], string][] = [
  [['acme/fs1', 'allow', 'everything'], 'Name one of the rules'],
  [['acme/fs1', 'allow'], 'Name one of the rules'],
  [['acme/fs1', 'permit', 'run'], '"allow" or "deny"'],
  [['acme/fs2', 'deny', 'run'], 'not joined as "acme/fs2"'],
  [['acme/fs1', 'deny', 'run', 'forget'], 'One rule at a time'],
  [['acme/fs1', 'allow', 'run', '--root', '/'], '"--root FOLDER" goes with'],
  [['acme/fs1', 'deny', 'browse', '--root', '/'], '"--root FOLDER" goes with'],
  [['acme/fs1', 'allow', 'browse', '--root', 'data'], 'data is not a whole path'],
  [['acme/fs1', 'allow', 'browse', '--root', '/no/such/folder'], 'There is no folder'],
]

test('what makes no sense is no use, says why, and changes nothing', async () => {
  const answers = await Promise.all(NO_USE.map(([words]) => policy(...words)))
  for (const [index, { code, err }] of answers.entries()) {
    const [words, complaint] = NO_USE[index] ?? []
    expect({ words, code, err }).toMatchObject({
      words,
      code: 2,
      err: expect.stringContaining(complaint ?? ''),
    })
  }
  expect(site.withState((state) => state.portals.all()[0]?.policy)).toEqual(DEFAULT_POLICY)
})
