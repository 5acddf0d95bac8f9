import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CliSite } from '../testing/cli-site.ts'

/** The lists that only a person at the server writes. */

let site: CliSite
beforeEach(() => {
  site = new CliSite()
})
afterEach(() => site[Symbol.asyncDispose]())

const run = (line: string[], input = '') => site.cli.run(line, input)

describe('commands and hooks', () => {
  test('are allowed with a program and its words, shown, and taken away', async () => {
    const allowed = await run(['commands', 'allow', 'inventory', '--', 'sh', '-c', 'echo  two  spaces'])
    expect(allowed).toMatchObject({ code: 0, out: expect.stringContaining('inventory is /') })
    expect((await run(['commands'])).out).toMatch(/^inventory\n {2}\/\S*sh -c "echo {2}two {2}spaces"\n$/)
    expect((await run(['hooks'])).out).toContain('Plans may name no hooks')
    const [offer] = site.withState((state) => state.offers.programs('command'))
    expect(offer?.setting).toMatchObject({ args: ['-c', 'echo  two  spaces'], user: null })
    expect((await run(['commands', 'deny', 'inventory'])).code).toBe(0)
    expect(site.withState((state) => state.offers.names())).toEqual({
      databases: [],
      commands: [],
      hooks: [],
    })
    expect((await run(['log'])).out).toContain('Plans may back up what it prints: inventory is /')
  })

  test.each([
    ['without a program', ['hooks', 'allow', 'stop']],
    ['with a program that is not there', ['hooks', 'allow', 'stop', '--', '/nowhere/stop']],
    ['with a path that is not whole', ['hooks', 'allow', 'stop', '--', './stop']],
    ['with a name that is none', ['hooks', 'allow', '../stop', '--', 'sh']],
    ['taken away that is not there', ['hooks', 'deny', 'stop']],
  ])('%s change nothing', async (_, line) => {
    expect((await run(line)).code).toBe(2)
    expect(site.withState((state) => state.offers.names().hooks)).toEqual([])
  })
})

describe('databases', () => {
  test('are added with a password that is piped in, and shown without it', async () => {
    const line = [
      'databases',
      'add',
      'shop',
      '--postgresql',
      '--host',
      'db.example',
      '--user',
      'keeper',
      '--password',
    ]
    const added = await run(line, 'a secret\n')
    expect(added).toMatchObject({
      code: 0,
      out: expect.stringContaining('all databases, at db.example, as keeper'),
    })
    const shown = await run(['databases'])
    expect(added.out + added.err + shown.out + (await run(['log'])).out).not.toContain('a secret')
    expect(site.withState((state) => state.offers.databases())).toMatchObject([
      {
        name: 'shop',
        password: 'a secret',
        setting: { kind: 'postgresql', host: 'db.example', database: null },
      },
    ])
  })

  test('are tried out by a real dump, which is thrown away', async () => {
    const file = site.folder.at('till.db')
    const till = new DatabaseSync(file)
    till.exec('CREATE TABLE t (n INTEGER)')
    till.close()
    await run(['databases', 'add', 'till', '--sqlite', file])
    expect(await run(['databases', 'try', 'till'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^It can be dumped: \d+ bytes .*till\.db/),
    })
    site.withState((state) =>
      state.offers.put('database', 'gone', { kind: 'sqlite', file: `${file}2` }, null),
    )
    expect(await run(['databases', 'try', 'gone'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('could not be dumped'),
    })
  })

  test.each([
    ['of no kind', ['add', 'shop']],
    ['of two kinds', ['add', 'shop', '--mysql', '--postgresql']],
    ['in a file that is not there', ['add', 'shop', '--sqlite', '/nowhere/shop.db']],
    ['in a file with a host', ['add', 'shop', '--sqlite', '/etc/hostname', '--host', 'x']],
    ['at no port', ['add', 'shop', '--mysql', '--port', '70000']],
    ['taken away that is not there', ['remove', 'shop']],
  ])('%s change nothing', async (_, line) => {
    expect((await run(['databases', ...line])).code).toBe(2)
    expect(site.withState((state) => state.offers.databases())).toEqual([])
  })
})
