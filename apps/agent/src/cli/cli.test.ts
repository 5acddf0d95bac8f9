import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PASSWORD, TestGateway } from '../link/testing/gateway.ts'
import { openRepository } from '../repositories/open.ts'
import { State } from '../state/state.ts'
import { Cli, tokenFor } from '../testing/cli.ts'
import { makeFolder, type TestFolder } from '../testing/folder.ts'

/** The program as a person at the server meets it. */

let folder: TestFolder
let gateway: TestGateway
let cli: Cli
const running: ChildProcess[] = []

beforeEach(async () => {
  folder = makeFolder()
  gateway = await TestGateway.start()
  cli = new Cli(folder.at('state'))
})
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  await gateway.stop()
  folder[Symbol.dispose]()
})

function startAgent(): ChildProcess {
  const child = cli.start(['run'])
  running.push(child)
  return child
}
const portals = () => {
  const state = new State(folder.at('state'))
  try {
    return state.portals.all()
  } finally {
    state.close()
  }
}

describe('join', () => {
  test('proves the token at once, says what it found, and remembers it', async () => {
    const { code, out, err } = await cli.run(['join'], `${tokenFor(gateway)}\n`)
    expect({ code, out, err }).toEqual({
      code: 0,
      out: `Joined Bill's IT service as acme/fs1. Both ends have proven who they are.\nStart the agent with "holdfast-agent run".\n`,
      err: `Trying ${gateway.address} as acme/fs1 …\n`,
    })
    expect(gateway.verdicts).toEqual([null])
    expect(portals()).toMatchObject([
      { name: 'acme/fs1', password: PASSWORD, displayName: "Bill's IT service" },
    ])
  })

  test('with a wrong password says so, and saves nothing', async () => {
    const token = tokenFor(gateway, { password: 'correct horse batterx' })
    const { code, out, err } = await cli.run(['join', '--keep'], `${token}\n`)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('Name or password is wrong [name_or_password_wrong]')
    expect(err).not.toContain('correct horse')
    expect(portals()).toEqual([])
  })

  test('where nobody answers says so, and saves nothing unless told to', async () => {
    const token = tokenFor(gateway, { address: '127.0.0.1:1' })
    const without = await cli.run(['join'], `${token}\n`)
    expect(without.code).toBe(1)
    expect(without.err).toContain('[connection_refused]')
    expect(without.err).toContain('holdfast-agent join --keep')
    expect(portals()).toEqual([])
    const kept = await cli.run(['join', '--keep'], `${token}\n`)
    expect(kept.code).toBe(4)
    expect(kept.out).toContain('Remembered the portal of acme/fs1, without having reached it.')
    expect(portals()).toMatchObject([{ name: 'acme/fs1', provenAt: null }])
  })

  test.each(['', 'holdfast-join-nonsense', 'hello'])('of %j, which is no token, says so', async (typed) => {
    const { code, err } = await cli.run(['join'], `${typed}\n`)
    expect(code).toBe(1)
    expect(err).toContain('[join_token_invalid]')
  })

  test('never takes a secret on the command line', async () => {
    const { code, err } = await cli.run(['join', tokenFor(gateway)])
    expect(code).toBe(2)
    expect(err).toContain('set a new password')
    expect(err).not.toContain('holdfast-join-')
  })

  test('is taken up at once by an agent that runs already', async () => {
    startAgent()
    await cli.until(async () => (await cli.run(['status'])).code !== 3)
    const { out } = await cli.run(['join'], `${tokenFor(gateway)}\n`)
    expect(out).toContain('The running agent connects now.')
    await gateway.until(() => gateway.hellos.length === 2)
    await gateway.agentOnline()
  })
})

describe('run', () => {
  test('ends in an orderly way on SIGTERM', async () => {
    await cli.run(['join'], tokenFor(gateway))
    const agent = startAgent()
    await gateway.until(() => gateway.hellos.length === 2)
    await gateway.agentOnline()
    agent.kill('SIGTERM')
    expect(await once(agent, 'exit')).toEqual([0, null])
    await gateway.agentOffline()
  })

  test('a second time on the same state names the first', async () => {
    const first = startAgent()
    await cli.until(async () => (await cli.run(['status'])).code !== 3)
    const { code, err } = await cli.run(['run'])
    expect(code).toBe(1)
    expect(err).toContain(`(process ${first.pid}, `)
    expect(err).toContain('[already_running]')
  })

  test('after it was killed starts again without anybody cleaning up', async () => {
    await cli.run(['join'], tokenFor(gateway))
    const first = startAgent()
    await gateway.until(() => gateway.hellos.length === 2)
    await gateway.agentOnline()
    first.kill('SIGKILL')
    await gateway.agentOffline()
    startAgent()
    await gateway.agentOnline()
    expect((await cli.run(['status'])).code).toBe(0)
  })

  test('with a damaged state says so, and leaves it alone', async () => {
    mkdirSync(folder.at('state'))
    writeFileSync(folder.at('state', 'state.sqlite'), 'not a database at all')
    const { code, err } = await cli.run(['run'])
    expect(code).toBe(1)
    expect(err).toContain('[state_corrupt]')
    expect(readFileSync(folder.at('state', 'state.sqlite'), 'utf8')).toBe('not a database at all')
  })

  test('without a portal says what to do, and waits for it', async () => {
    const agent = startAgent()
    const [line] = await once(agent.stdout ?? agent, 'data')
    expect(String(line)).toContain('"subject":"agent"')
    await cli.until(async () => (await cli.run(['status'])).out.includes('holdfast-agent join'))
  })
})

describe('status', () => {
  test('without an agent says that none is running', async () => {
    const { code, err } = await cli.run(['status'])
    expect(code).toBe(3)
    expect(err).toContain('The agent is not running')
  })

  test('says what it is connected to, for people and for programs', async () => {
    await cli.run(['join'], tokenFor(gateway))
    startAgent()
    await gateway.until(() => gateway.hellos.length === 2)
    await gateway.agentOnline()
    const { code, out } = await cli.run(['status'])
    expect(code).toBe(0)
    expect(out).toContain(`Bill's IT service, at ${gateway.address}, as acme/fs1`)
    expect(out).toMatch(/online for \d+ s, last sign of life \d+ s ago/)
    expect(out).toContain('nothing at this moment')
    const json = JSON.parse((await cli.run(['status', '--json'])).out)
    expect(json).toMatchObject({ portals: [{ name: 'acme/fs1', state: 'online' }], running: [] })
    expect(JSON.stringify(json)).not.toContain(PASSWORD)
  })

  test('says why there is no link, and ends with its own code', async () => {
    await cli.run(['join', '--keep'], tokenFor(gateway, { address: '127.0.0.1:1' }))
    startAgent()
    await cli.until(async () => (await cli.run(['status'])).out.includes('[connection_refused]'))
    const { code, out } = await cli.run(['status'])
    expect(code).toBe(4)
    expect(out).toContain('Connection refused (127.0.0.1:1, ECONNREFUSED) [connection_refused]')
  })

  test.skipIf(process.platform === 'win32')('is answered to the owner alone', async () => {
    startAgent()
    await cli.until(async () => (await cli.run(['status'])).code !== 3)
    expect(statSync(folder.at('state', 'control.sock')).mode & 0o777).toBe(0o600)
  })
})

describe('the other words', () => {
  test('log tells what happened', async () => {
    await cli.run(['join'], tokenFor(gateway))
    const { code, out } = await cli.run(['log'])
    expect(code).toBe(0)
    expect(out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d {3}link acme\/fs1: Joined Bill's IT service\n$/)
  })

  test('repositories lists them, and gives a key only when it is asked for by name', async () => {
    await cli.run(['join'], tokenFor(gateway))
    const state = new State(folder.at('state'))
    const id = '019a3f00-6666-7aaa-8bbb-0123456789ab'
    state.repositories.prepare(state.portals.all()[0]?.id ?? '', id, 'Second disk', {
      kind: 'folder',
      folder: '/mnt/backup',
    })
    state.repositories.become(id, 'ready')
    const key = state.repositories.all()[0]?.key ?? ''
    state.close()
    const listed = await cli.run(['repositories'])
    expect(listed.out).toBe(`Second disk\n  /mnt/backup\n  ready, id ${id}\n`)
    const told = await cli.run(['repositories', 'key', 'Second disk'])
    expect(told).toMatchObject({ code: 0, out: `${key}\n` })
    expect(await cli.run(['repositories', 'key', 'Third disk'])).toMatchObject({ code: 2, out: '' })
  })

  test('repositories takes a login from its input alone, keeps it sealed, and says so', async () => {
    await cli.run(['join'], tokenFor(gateway))
    const id = '019a3f00-6666-7aaa-8bbb-0123456789ab'
    const place = { kind: 'rest', address: 'https://backup.example.com/fs1' } as const
    const before = new State(folder.at('state'))
    before.repositories.prepare(before.portals.all()[0]?.id ?? '', id, 'Elsewhere', place)
    before.close()
    expect((await cli.run(['repositories'])).out).toContain('no login entered')
    const set = await cli.run(['repositories', 'credentials', 'Elsewhere'], 'acme\nthe storage password\n')
    expect(set).toMatchObject({ code: 0, out: expect.stringContaining('stays on this machine') })
    expect(set.out + set.err).not.toContain('the storage password')
    expect((await cli.run(['repositories'])).out).toContain('login entered 2')
    const state = new State(folder.at('state'))
    const [row] = state.repositories.all()
    expect(row?.credentials).toContain('BEGIN AGE ENCRYPTED FILE')
    if (row === undefined) throw new Error('it is gone')
    const { location, secrets } = await openRepository(row, state)
    expect(location).toBe('rest:https://acme:the%20storage%20password@backup.example.com/fs1/')
    expect(secrets).toContain('the storage password')
    state.close()
  })

  test('repositories shows the key that an SFTP server has to let in', async () => {
    const { code, out } = await cli.run(['repositories', 'ssh-key'])
    expect(code).toBe(0)
    expect(out).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ holdfast-agent\n$/)
    expect((await cli.run(['repositories', 'ssh-key'])).out).toBe(out)
  })

  test('leave asks first, and then forgets the portal but no repository', async () => {
    await cli.run(['join'], tokenFor(gateway))
    expect(await cli.run(['leave'])).toMatchObject({ code: 2 })
    expect(portals()).toHaveLength(1)
    const { code, out } = await cli.run(['leave', '--yes'])
    expect({ code, out }).toEqual({
      code: 0,
      out: `Left Bill's IT service. Backups and their keys stay: see "holdfast-agent repositories".\n`,
    })
    expect(portals()).toEqual([])
    expect((await cli.run(['leave', '--yes'])).err).toContain('[not_joined]')
  })

  test('version names the agent, restic and Node', async () => {
    const { out } = await cli.run(['version'])
    expect(out).toMatch(/^holdfast-agent \d+\.\d+\.\d+ \(restic \d+\.\d+\.\d+, Node 24\.\d+\.\d+\)\n$/)
  })

  test('help is what one gets without a word', async () => {
    const { code, out } = await cli.run([])
    expect(code).toBe(0)
    expect(out).toContain('holdfast-agent join')
  })

  test.each([[['frobnicate']], [['status', '--loud']], [['log', '-n', 'many']], [['repositories', 'keys']]])(
    '%j is wrong use',
    async (words) => {
      const { code, err } = await cli.run(words)
      expect(code).toBe(2)
      expect(err).toContain('See "holdfast-agent help".')
    },
  )

  test('a wrong setting is named', async () => {
    const wrong = new Cli(folder.at('state'), { env: { HOLDFAST_LOG_LEVEL: 'loud' } })
    expect(await wrong.run(['status'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('HOLDFAST_LOG_LEVEL'),
    })
  })
})
