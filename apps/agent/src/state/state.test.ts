import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Fact, LIMITS, serverName } from '@holdfast/protocol'
import { recipientOf } from '@holdfast/protocol/sealing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Failure } from '../failure.ts'
import { makeFolder, type TestFolder } from '../testing/folder.ts'
import type { Portal } from './portals.ts'
import { State } from './state.ts'

let folder: TestFolder
let state: State

beforeEach(() => {
  folder = makeFolder()
  state = new State(folder.at('state'))
})
afterEach(() => {
  state.close()
  folder[Symbol.dispose]()
})

const file = () => folder.at('state', 'state.sqlite')
const reopen = () => {
  state.close()
  state = new State(folder.at('state'))
  return state
}
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
  return 'no failure'
}
const join = (name = 'acme/fs1', addresses = ['portal.example:16888']): Portal =>
  state.portals.join({
    name: serverName.parse(name),
    addresses,
    password: 'correct horse battery',
    certificate: null,
  })

const COMMAND = '019a3f00-4444-7aaa-8bbb-0123456789ab'
const news = (detail = ''): Fact => ({
  type: 'commandChanged',
  commandId: COMMAND,
  state: 'running',
  code: null,
  detail,
})

describe('the file', () => {
  test('is for its owner alone, and so is its folder', () => {
    expect(statSync(folder.at('state')).mode & 0o777).toBe(0o700)
    for (const name of ['state.sqlite', 'state.sqlite-wal', 'state.sqlite-shm'])
      expect(statSync(folder.at('state', name)).mode & 0o777, name).toBe(0o600)
  })

  test('survives a power cut: every commit is on the disk', () => {
    const probe = new DatabaseSync(file())
    expect(probe.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    probe.close()
    const { instance } = state.identity
    const session = state.identity.nextSession()
    expect(reopen().identity.instance).toBe(instance)
    expect(state.identity.nextSession()).toBe(session + 1)
  })

  test('that is damaged is called so, and not touched', () => {
    state.close()
    writeFileSync(file(), 'this was a database once')
    expect(codeOf(() => new State(folder.at('state')))).toBe('state_corrupt')
    expect(readFileSync(file(), 'utf8')).toBe('this was a database once')
  })

  test('whose pages are damaged is called so', () => {
    for (let index = 0; index < 300; index += 1) state.log.write(entry(`line ${index} ${'x'.repeat(200)}`))
    state.close()
    const bytes = readFileSync(file())
    bytes.fill(0x5a, 4096 * 3, 4096 * 12)
    writeFileSync(file(), bytes)
    expect(codeOf(() => new State(folder.at('state')))).toBe('state_corrupt')
    expect(readFileSync(file()).equals(bytes)).toBe(true)
  })

  test('that was cut short is called so', () => {
    state.close()
    truncateSync(file(), 5_000)
    expect(codeOf(() => new State(folder.at('state')))).toBe('state_corrupt')
  })

  test('with a row that does not hold what it should names the column, never the value', () => {
    join()
    const probe = new DatabaseSync(file())
    probe.exec(`UPDATE portals SET addresses = 'secret nonsense'`)
    probe.close()
    expect(() => state.portals.all()).toThrow(/addresses/)
    expect(() => state.portals.all()).not.toThrow(/secret nonsense/)
    expect(codeOf(() => state.portals.all())).toBe('state_corrupt')
  })

  test('of a newer agent is left alone', () => {
    const probe = new DatabaseSync(file())
    probe.exec('PRAGMA user_version = 1000')
    probe.close()
    state.close()
    expect(codeOf(() => new State(folder.at('state')))).toBe('state_too_new')
  })

  test('that cannot be made is called so', () => {
    writeFileSync(folder.at('a-file'), '')
    expect(codeOf(() => new State(folder.at('a-file', 'state')))).toBe('state_unwritable')
  })

  test('on a disk that takes no more is called so', () => {
    state.close()
    const program = `
      import { State } from ${JSON.stringify(new URL('./state.ts', import.meta.url).href)}
      const { log } = new State(${JSON.stringify(folder.at('state'))})
      try {
        for (let index = 0; ; index += 1)
          log.write({ level: 'info', subject: 'a', code: null, text: index + 'x'.repeat(1000) })
      } catch (failure) {
        console.log(failure.code)
      }
    `
    // 400 blocks of 512 bytes; beyond, a write fails as it does on a full disk.
    const script = `trap '' XFSZ; ulimit -f 400; exec "$@"`
    const child = ['-c', script, 'sh', process.execPath, '--input-type=module', '-e', program]
    expect(execFileSync('sh', child, { encoding: 'utf8' })).toBe('state_unwritable\n')
    expect(reopen().log.last(1_000).length).toBeGreaterThan(10)
  })

  test('takes a transaction whole or not at all', () => {
    const portal = join()
    const broken = () =>
      state.transact(() => {
        state.outbox.add(portal.id, news())
        throw new Error('in the middle')
      })
    expect(broken).toThrow('in the middle')
    expect(state.outbox.next(portal.id)).toEqual([])
  })
})

describe('the lock', () => {
  test('lets one agent run and names it to the second', () => {
    const lock = state.lock()
    const second = new State(folder.at('state'))
    expect(codeOf(() => second.lock())).toBe('already_running')
    expect(() => second.lock()).toThrow(new RegExp(`process ${process.pid}`))
    lock.release()
    second.lock().release()
    second.close()
  })

  test('dies with a process that is killed', async () => {
    const program = `
      import { State } from ${JSON.stringify(new URL('./state.ts', import.meta.url).href)}
      new State(${JSON.stringify(folder.at('state'))}).lock()
      console.log('locked')
      setInterval(() => {}, 1000)
    `
    const other = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(other.stdout, 'data')
    expect(() => state.lock()).toThrow(new RegExp(`process ${other.pid}`))
    other.kill('SIGKILL')
    await once(other, 'exit')
    state.lock().release()
  })
})

describe('the identity', () => {
  test('has one pair of age keys from first to last, whoever asks at the same time', async () => {
    const [one, other] = await Promise.all([state.identity.ageKeys(), state.identity.ageKeys()])
    expect(other).toEqual(one)
    expect(await reopen().identity.ageKeys()).toEqual(one)
    expect(await recipientOf(one.identity)).toBe(one.recipient)
  })

  test('is another one for a copy of the folder, and the same one for as long as it stays where it is', () => {
    const { instance } = state.identity
    expect(z.uuid().safeParse(instance).success).toBe(true)
    state.close()
    cpSync(folder.at('state'), folder.at('copy'), { recursive: true })
    const copy = new State(folder.at('copy'))
    expect(copy.identity.instance).not.toBe(instance)
    copy.close()
    expect(reopen().identity.instance).toBe(instance)
  })

  test('has a session number that only grows', () => {
    const first = state.identity.nextSession()
    expect(state.identity.nextSession()).toBe(first + 1)
    expect(reopen().identity.nextSession()).toBe(first + 2)
  })
})

describe('joining', () => {
  test('again under the same name at the same place renews the entry and keeps its policy', () => {
    const first = join()
    state.portals.proven(first.id, "Bill's IT service", 'a'.repeat(64))
    const again = join('acme/fs1', ['other.example:443', 'portal.example:16888'])
    expect(again).toMatchObject({ id: first.id, addresses: ['other.example:443', 'portal.example:16888'] })
    expect(state.portals.all()).toHaveLength(1)
  })

  test('replaces an attempt under the same name that never came through', () => {
    const mistyped = join('acme/fs1', ['protal.example:16888'])
    expect(join('acme/fs1', ['portal.example:16888']).id).toBe(mistyped.id)
  })

  test('another portal is one more', () => {
    state.portals.proven(join().id, "Bill's IT service", 'a'.repeat(64))
    join('acme/fs1', ['second.example:16888'])
    join('hq/fs1')
    expect(state.portals.all()).toHaveLength(3)
  })

  test('and leaving forgets the password and the plans, never a repository', () => {
    const portal = join()
    const repositoryId = '019a3f00-6666-7aaa-8bbb-0123456789ab'
    state.repositories.prepare(portal.id, repositoryId, 'Second disk', {
      kind: 'folder',
      folder: '/mnt/backup',
    })
    state.plans.replace(portal.id, [
      {
        id: '019a3f00-3333-7aaa-8bbb-0123456789ab',
        revision: 1,
        name: 'Daily',
        repositoryId,
        sources: ['/srv'],
      },
    ])
    const { key } = state.repositories.all()[0] ?? { key: '' }
    state.portals.leave(portal.id)
    expect(state.portals.all()).toEqual([])
    expect(state.plans.of(portal.id)).toEqual([])
    expect(state.repositories.all()).toMatchObject([{ id: repositoryId, key, portalId: null }])
  })
})

describe('repositories', () => {
  const ID = '019a3f00-6666-7aaa-8bbb-0123456789ab'

  test('get a key of 32 random bytes, which a second attempt keeps', () => {
    const { id } = join()
    state.repositories.prepare(id, ID, 'Second disk', { kind: 'folder', folder: '/mnt/backup' })
    const key = state.repositories.find(id, ID)?.key ?? ''
    expect(Buffer.from(key, 'base64url')).toHaveLength(32)
    state.repositories.prepare(id, ID, 'Second disk', { kind: 'folder', folder: '/mnt/other' })
    expect(state.repositories.find(id, ID)).toMatchObject({
      key,
      place: { kind: 'folder', folder: '/mnt/other' },
    })
  })

  test('of another portal are as good as none', () => {
    const mine = join()
    const theirs = join('hq/fs1')
    state.repositories.prepare(mine.id, ID, 'Second disk', { kind: 'folder', folder: '/mnt/backup' })
    expect(state.repositories.find(theirs.id, ID)).toBeNull()
    state.portals.leave(mine.id)
    expect(state.repositories.find(theirs.id, ID)).not.toBeNull()
  })
})

describe('the outbox', () => {
  test('numbers reports upwards for ever, also when all were applied and the agent came back', () => {
    const { id } = join()
    state.outbox.add(id, news())
    const [first] = state.outbox.next(id)
    state.outbox.applied(id, first?.sequence ?? 0)
    reopen().outbox.add(id, news())
    expect(state.outbox.next(id)).toMatchObject([{ sequence: (first?.sequence ?? 0) + 1 }])
    expect(state.outbox.lastSequence(id)).toBe((first?.sequence ?? 0) + 1)
  })

  test('counts for each portal from 1 and without gaps, as a portal expects it', () => {
    const [mine, theirs] = [join(), join('partner/fs9')]
    const sequences = (id: string) => state.outbox.next(id).map(({ sequence }) => sequence)
    for (const id of [mine.id, theirs.id, mine.id, mine.id, theirs.id]) state.outbox.add(id, news())
    expect([sequences(mine.id), sequences(theirs.id)]).toEqual([
      [1, 2, 3],
      [1, 2],
    ])
    state.outbox.applied(mine.id, 1)

    state.outbox.beginNewJournal(mine.id)
    expect(sequences(mine.id), 'a new sequence begins at 1 as well').toEqual([1, 2])
    state.outbox.add(mine.id, news())
    expect(sequences(mine.id)).toEqual([1, 2, 3])
    expect(state.portals.find(mine.id)?.journalId).not.toBe(mine.journalId)
    expect(state.portals.find(theirs.id)?.journalId).toBe(theirs.journalId)
    expect(sequences(theirs.id)).toEqual([1, 2])
  })

  test('gives no more than a message may hold, in number and in bytes', () => {
    const { id } = join()
    state.transact(() => {
      for (let index = 0; index < 450; index += 1) state.outbox.add(id, news())
    })
    expect(state.outbox.next(id)).toHaveLength(LIMITS.reportsPerBatchMax)
    state.outbox.applied(id, state.outbox.lastSequence(id))
    state.transact(() => {
      for (let index = 0; index < 200; index += 1) state.outbox.add(id, news('\u{1f480}'.repeat(1_000)))
    })
    const batch = state.outbox.next(id)
    expect(batch.length).toBeGreaterThan(10)
    expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThan(LIMITS.messageBytesMax / 2 + 10_000)
  })

  test('keeps portals apart, and drops what concerns one that was left', () => {
    const [mine, theirs] = [join(), join('hq/fs1')]
    state.outbox.add(mine.id, news('mine'))
    state.outbox.add(theirs.id, news('theirs'))
    expect(state.outbox.next(mine.id)).toMatchObject([{ fact: { detail: 'mine' } }])
    state.portals.leave(mine.id)
    state.outbox.add(mine.id, news('too late'))
    expect(state.outbox.waiting(mine.id)).toBe(0)
    expect(state.outbox.waiting(theirs.id)).toBe(1)
  })

  test('calls whoever listens, once the news is there to be read', async () => {
    const { id } = join()
    const heard = Promise.withResolvers<number>()
    state.outbox.onNews(() => heard.resolve(state.outbox.waiting(id)))
    state.transact(() => state.outbox.add(id, news()))
    expect(await heard.promise).toBe(1)
  })
})

const entry = (text: string) => ({ level: 'info' as const, subject: 'link acme/fs1', code: null, text })

describe('the log', () => {
  test('counts the same event instead of repeating it', () => {
    for (let index = 0; index < 5; index += 1) state.log.write(entry('Connection refused'))
    state.log.write(entry('Online'))
    state.log.write(entry('Connection refused'))
    expect(state.log.last(10)).toMatchObject([
      { text: 'Connection refused', times: 5 },
      { text: 'Online', times: 1 },
      { text: 'Connection refused', times: 1 },
    ])
  })

  test('lets what others do come in between', () => {
    state.log.write(entry('Connection refused'))
    state.log.write({ ...entry('Daily: succeeded'), subject: 'run Daily' })
    state.log.write(entry('Connection refused'))
    expect(state.log.last(10).map(({ text, times }) => [text, times])).toEqual([
      ['Connection refused', 2],
      ['Daily: succeeded', 1],
    ])
  })

  test('folds troubles that take turns, until something goes well', () => {
    const trouble = (text: string) => ({ ...entry(text), level: 'warn' as const })
    for (let round = 0; round < 100; round += 1)
      for (const address of ['a:1', 'b:2', 'c:3']) state.log.write(trouble(`Refused at ${address}`))
    state.log.write(entry('Online'))
    state.log.write(trouble('Refused at a:1'))
    expect(state.log.last(10).map(({ text, times }) => [text, times])).toEqual([
      ['Refused at a:1', 100],
      ['Refused at b:2', 100],
      ['Refused at c:3', 100],
      ['Online', 1],
      ['Refused at a:1', 1],
    ])
  })

  test('keeps no more than its newest 10,000 lines', () => {
    state.transact(() => {
      for (let index = 1; index <= 10_100; index += 1) state.log.write(entry(`line ${index}`))
    })
    const kept = state.log.last(20_000)
    expect(kept).toHaveLength(10_000)
    expect(kept[0]?.text).toBe('line 101')
  })

  test('forgets what has not happened for longer than 400 days', () => {
    state.log.write(entry('long ago'))
    state.log.write({ ...entry('again and again since'), subject: 'link acme/fs2' })
    const probe = new DatabaseSync(file())
    probe.exec(`UPDATE log SET at = '2020-01-01T00:00:00.000Z'`)
    probe.exec(`UPDATE log SET last_at = '2020-01-01T00:00:00.000Z' WHERE text = 'long ago'`)
    probe.close()
    state.transact(() => {
      for (let index = 0; index < 200; index += 1) state.log.write(entry(`line ${index}`))
    })
    const [oldest] = state.log.last(1_000)
    expect(oldest?.text).toBe('again and again since')
  })
})
