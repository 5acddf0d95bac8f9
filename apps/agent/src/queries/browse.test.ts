import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { type BrowseAnswer, LIMITS, readAnswer } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { refusedBy } from '../permission.ts'
import { DEFAULT_POLICY, type Policy } from '../policy.ts'
import { makeFolder, type TestFolder } from '../testing/folder.ts'
import { browse } from './browse.ts'

const NAME = 'acme/fs1'
let folder: TestFolder

beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder[Symbol.dispose]())

const ask = async (path: string | null, after: string | null = null, policy: Policy = DEFAULT_POLICY) =>
  readAnswer('browse', await browse({ kind: 'browse', folder: path, after }, policy, NAME)) ?? expect.fail()

async function list(
  path: string | null,
  after: string | null = null,
  policy?: Policy,
): Promise<BrowseAnswer> {
  const answer = await ask(path, after, policy)
  if (answer.outcome === 'refused') throw new Error(`refused: ${answer.code} ${answer.detail}`)
  return answer.answer
}
const names = ({ entries }: BrowseAnswer) => entries.map(({ name }) => name)
const only = (...roots: string[]): Policy => ({ ...DEFAULT_POLICY, browseRoots: roots })

describe('a folder', () => {
  test('lists folders first, then by name, with size and time of files', async () => {
    writeFileSync(folder.at('notes.txt'), 'hello')
    utimesSync(folder.at('notes.txt'), 0, new Date('2026-11-20T18:00:00Z'))
    writeFileSync(folder.at('Accounts.ods'), '')
    mkdirSync(folder.at('zoo'))
    mkdirSync(folder.at('data'))
    const answer = await list(folder.path)
    expect(answer).toMatchObject({ folder: folder.path, more: false })
    expect(names(answer)).toEqual(['data', 'zoo', 'Accounts.ods', 'notes.txt'])
    expect(answer.entries[0]).toMatchObject({ kind: 'folder', path: folder.at('data'), sizeBytes: null })
    expect(answer.entries[3]).toEqual({
      name: 'notes.txt',
      path: folder.at('notes.txt'),
      kind: 'file',
      sizeBytes: 5,
      modifiedAt: '2026-11-20T18:00:00.000Z',
    })
  })

  test('that is large comes in pages, each name once', async () => {
    const expected: string[] = []
    for (let index = 0; index < 1_200; index += 1) {
      const isFolder = index % 2 === 0
      const name = `${isFolder ? 'folder' : 'file'} ${String(index).padStart(4, '0')}`
      if (isFolder) mkdirSync(folder.at(name))
      else writeFileSync(folder.at(name), '')
      expected.push(name)
    }
    const first = await list(folder.path)
    expect(first.entries).toHaveLength(LIMITS.browseEntriesMax)
    expect(first.more).toBe(true)
    const second = await list(folder.path, names(first).at(-1))
    expect(second.more).toBe(false)
    const all = [...names(first), ...names(second)]
    expect(all).toHaveLength(1_200)
    expect(new Set(all)).toEqual(new Set(expected))
    expect(all.slice(0, 600).every((name) => name.startsWith('folder'))).toBe(true)
  })

  test('with long names keeps an answer within a message', async () => {
    for (let index = 0; index < 900; index += 1)
      writeFileSync(folder.at(`${index} ${'\u{1f4be}'.repeat(60)}`), '')
    let after: string | null = null
    const seen: string[] = []
    for (let pages = 0; pages < 10; pages += 1) {
      const answer = await list(folder.path, after)
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(LIMITS.messageBytesMax)
      seen.push(...names(answer))
      if (!answer.more) break
      after = names(answer).at(-1) ?? null
    }
    expect(new Set(seen).size).toBe(900)
  })

  test('whose last seen name is gone meanwhile goes on without a gap', async () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(folder.at(name), '')
    expect(names(await list(folder.path, 'bb'))).toEqual(['a', 'b', 'c'])
    mkdirSync(folder.at('x'))
    expect(names(await list(folder.path, 'x'))).toEqual(['a', 'b', 'c'])
  })

  test('shows links as links and says where opening one led to', async () => {
    mkdirSync(folder.at('real'))
    writeFileSync(folder.at('real', 'inside.txt'), '')
    symlinkSync(folder.at('real'), folder.at('shortcut'))
    symlinkSync('/nowhere/at/all', folder.at('dangling'))
    const { entries } = await list(folder.path)
    expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
      ['real', 'folder'],
      ['dangling', 'link'],
      ['shortcut', 'link'],
    ])
    const opened = await list(folder.at('shortcut'))
    expect(opened.folder).toBe(folder.at('real'))
    expect(opened.entries[0]?.path).toBe(folder.at('real', 'inside.txt'))
  })

  test.runIf(process.platform === 'linux')(
    'shows a name that is no UTF-8 as one that cannot be opened',
    async () => {
      execFileSync('sh', ['-c', `mkdir "$(printf 'caf\\351')"`], { cwd: folder.path })
      const { entries } = await list(folder.path)
      expect(entries).toMatchObject([{ name: 'caf\u{fffd}', kind: 'other', sizeBytes: null }])
    },
  )

  test.skipIf(process.platform === 'win32')(
    'shows a pipe as what it is, and does not wait for it',
    async () => {
      execFileSync('mkfifo', [folder.at('pipe')])
      expect((await list(folder.path)).entries).toMatchObject([{ name: 'pipe', kind: 'other' }])
    },
  )

  test('with names that try to do harm passes them on as they are, within the schema', async () => {
    const wild = ['<img src=x onerror=alert(1)>', 'line\nbreak', '\u{202e}fdp.exe', '-rf', ' ']
    for (const name of wild) writeFileSync(folder.at(name), '')
    expect(new Set(names(await list(folder.path)))).toEqual(new Set(wild))
  })
})

describe('what cannot be listed has its reason', () => {
  test('a folder that is gone', async () => {
    expect(await ask(folder.at('gone'))).toEqual({
      outcome: 'refused',
      code: 'folder_missing',
      detail: folder.at('gone'),
    })
  })

  test('a file', async () => {
    writeFileSync(folder.at('file'), '')
    expect(await ask(folder.at('file'))).toMatchObject({ code: 'folder_missing' })
  })

  test('a path as long as the wire allows', async () => {
    expect(await ask(`/${'x'.repeat(4_000)}`)).toMatchObject({ code: 'folder_missing' })
    expect(await ask('x'.repeat(4_096))).toMatchObject({ code: 'folder_missing' })
  })

  test.each(['relative/path', '', 'with\0zero'])('%j, which is no whole path', async (path) => {
    expect(await browse({ kind: 'browse', folder: path, after: null }, DEFAULT_POLICY, NAME)).toMatchObject({
      code: 'folder_missing',
    })
  })

  test('a link that leads in a circle', async () => {
    symlinkSync(folder.at('circle'), folder.at('circle'))
    expect(await ask(folder.at('circle'))).toMatchObject({ code: 'folder_unreadable' })
  })

  test.skipIf(process.getuid?.() === 0)('a folder that this user may not open', async () => {
    mkdirSync(folder.at('closed'))
    chmodSync(folder.at('closed'), 0)
    expect(await ask(folder.at('closed'))).toMatchObject({ code: 'folder_unreadable' })
  })

  test.runIf(process.getuid?.() === 0)('a folder that another user may not open', () => {
    mkdirSync(folder.at('closed'), { mode: 0o700 })
    chmodSync(folder.path, 0o755)
    const program = `
      import { browse } from ${JSON.stringify(new URL('./browse.ts', import.meta.url).href)}
      import { DEFAULT_POLICY } from ${JSON.stringify(new URL('../policy.ts', import.meta.url).href)}
      process.setgid(65534)
      process.setuid(65534)
      const asked = { kind: 'browse', folder: ${JSON.stringify(folder.at('closed'))}, after: null }
      console.log(JSON.stringify(await browse(asked, DEFAULT_POLICY, '')))
    `
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    expect(JSON.parse(out)).toMatchObject({ outcome: 'refused', code: 'folder_unreadable' })
  })
})

describe('the policy of the site', () => {
  test('shows its roots in place of the real ones', async () => {
    expect(names(await list(null))).toEqual(process.platform === 'win32' ? expect.any(Array) : ['/'])
    expect(names(await list(null, null, only(folder.path)))).toEqual([folder.path])
  })

  test('keeps everything else closed', async () => {
    expect(await ask('/', null, only(folder.path))).toEqual({
      outcome: 'refused',
      code: 'policy_refused',
      detail: refusedBy('browse', NAME).detail,
    })
    expect(await ask(null, null, only())).toMatchObject({ code: 'policy_refused' })
    expect(await ask('/no/such/folder', null, only(folder.path))).toMatchObject({ code: 'policy_refused' })
    expect(await ask(folder.at('gone'), null, only(folder.path))).toMatchObject({ code: 'folder_missing' })
  })

  test('does not tell what there is outside, by way of a page or of a link', async () => {
    mkdirSync(folder.at('inside'))
    mkdirSync(folder.at('inside', 'folder'))
    writeFileSync(folder.at('inside', 'file'), '')
    writeFileSync(folder.at('secret'), '')
    symlinkSync(folder.path, folder.at('inside', 'exit'))
    const policy = only(folder.at('inside'))
    const after = (name: string) => list(folder.at('inside'), name, policy)
    expect(await after('../secret')).toEqual(await after('../no-secret'))
    expect(await ask(folder.at('inside', 'exit', 'secret'), null, policy)).toEqual(
      await ask(folder.at('inside', 'exit', 'no-secret'), null, policy),
    )
    expect(await ask(folder.at('inside', 'gone', 'deeper'), null, policy)).toMatchObject({
      code: 'folder_missing',
    })
  })

  test('is not led out by a link, nor by dots', async () => {
    mkdirSync(folder.at('inside'))
    mkdirSync(folder.at('outside'))
    symlinkSync(folder.at('outside'), folder.at('inside', 'exit'))
    const policy = only(folder.at('inside'))
    expect(names(await list(folder.at('inside'), null, policy))).toEqual(['exit'])
    expect(await ask(folder.at('inside', 'exit'), null, policy)).toMatchObject({ code: 'policy_refused' })
    expect(await ask(`${folder.at('inside')}/../outside`, null, policy)).toMatchObject({
      code: 'policy_refused',
    })
  })
})
