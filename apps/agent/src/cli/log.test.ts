/** `holdfast-agent log` as a person reads it, against a state that an agent has filled. */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogNews } from '../state/log.ts'
import { CliSite } from '../testing/cli-site.ts'
import { UsageError } from './command.ts'
import { readMoment } from './read-moment.ts'

let site: CliSite
beforeEach(() => {
  site = new CliSite()
})
afterEach(() => site[Symbol.asyncDispose]())

const online: LogNews = { level: 'info', subject: 'link acme/fs1', code: null, text: 'Online at a:1' }
const refused: LogNews = {
  level: 'warn',
  subject: 'link acme/fs1',
  code: 'connection_refused',
  text: 'Connection refused (a:1)',
}
const broken: LogNews = {
  level: 'error',
  subject: 'run Täglich',
  code: 'disk_full',
  text: 'failed: No space left',
}

function write(...news: readonly LogNews[]): void {
  site.withState((state) =>
    state.transact(() => {
      for (const each of news) state.log.write(each)
    }),
  )
}

async function lines(...flags: readonly string[]): Promise<string[]> {
  const { code, out, err } = await site.cli.run(['log', ...flags])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out.split('\n').filter(Boolean)
}

describe('one look', () => {
  test('narrows by level, words and number', async () => {
    write(online, refused, broken, { ...online, text: 'Online at b:2' })
    expect(await lines()).toHaveLength(4)
    expect(await lines('--level', 'warn')).toEqual([
      expect.stringContaining('! link acme/fs1: Connection refused (a:1) [connection_refused]'),
      expect.stringContaining('✕ run Täglich: failed: No space left [disk_full]'),
    ])
    expect(await lines('--level', 'error')).toHaveLength(1)
    expect(await lines('--text', 'TÄGLICH')).toHaveLength(1)
    expect(await lines('--text', 'connection_refused')).toHaveLength(1)
    expect(await lines('--text', 'online', '-n', '1')).toEqual([expect.stringContaining('Online at b:2')])
  })

  test('since a moment shows what happened again after it, whenever it began', async () => {
    write(refused, online)
    expect(await lines('--since', '1h')).toHaveLength(2)
    expect(await lines('--since', '2020-01-01')).toHaveLength(2)
    expect(await lines('--since', '2999-01-01 00:00')).toEqual([])
  })

  test('a storm of retries is one line with its count', async () => {
    write(...Array.from({ length: 500 }, () => refused))
    expect(await lines()).toEqual([expect.stringContaining('(500 times, last ')])
  })

  test('for programs gives one object a line', async () => {
    write(refused, refused)
    const [line = ''] = await lines('--json')
    expect(JSON.parse(line)).toMatchObject({ ...refused, times: 2 })
  })

  test.each([[['--level', 'loud']], [['--since', 'yesterday']], [['--since', '2026-13-40']], [['-n', '-1']]])(
    '%j makes no sense, and says so',
    async (flags) => {
      const { code, out } = await site.cli.run(['log', ...flags])
      expect({ code, out }).toEqual({ code: 2, out: '' })
    },
  )
})

test('follow prints what comes, what comes again, and ends with its reader', async () => {
  write(online)
  const child = site.cli.start(['log', '-f', '--level', 'warn', '--text', 'refused'])
  if (child.stdout === null) throw new Error('It has no standard output.')
  const exited = once(child, 'exit')
  const printed = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => (await printed.next()).value
  try {
    write(refused)
    expect(await next()).toContain('Connection refused (a:1) [connection_refused]')
    write(online, broken, refused, refused)
    expect(await next()).toContain('(2 times, last ')
    // The reader goes. The next line finds nobody.
    child.stdout.destroy()
    write(refused)
    expect((await exited)[0]).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
})

describe('a moment as it is typed', () => {
  const now = Date.parse('2026-11-21T12:00:00.000Z')
  test.each([
    ['30min', '2026-11-21T11:30:00.000Z'],
    ['30m', '2026-11-21T11:30:00.000Z'],
    ['2 h', '2026-11-21T10:00:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    ['2026-11-20 07:14', new Date(2026, 10, 20, 7, 14).toISOString()],
    ['2026-11-20', new Date(2026, 10, 20).toISOString()],
  ])('%s', (typed, expected) => expect(readMoment('--since', typed, now)).toBe(expected))

  test.each(['', '2', 'h', '2026-02-99', '1e9d', '99999999d'])('%j is none', (typed) => {
    expect(() => readMoment('--since', typed, now)).toThrow(UsageError)
  })
})
