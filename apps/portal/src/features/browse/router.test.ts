import type { BrowseEntry } from '@holdfast/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  codeOf,
  expectStrangersUnknown,
  problemOf,
  startTestConsole,
  type TestConsole,
} from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

const file = (name: string): BrowseEntry => ({
  name,
  path: `/srv/${name}`,
  kind: 'file',
  sizeBytes: 12,
  modifiedAt: '2026-01-01T00:00:00.000Z',
})

test('a folder is asked of the server itself, page by page', async () => {
  const serverId = portal.acme.server.id
  portal.agents.reply = {
    outcome: 'answered',
    answer: { folder: '/srv', entries: [file('a'), file('b')], more: true },
  }
  const first = await portal.acmeAdmin.browse.folder({ serverId, folder: '/srv' })
  expect(first).toMatchObject({ entries: [{ name: 'a' }, { name: 'b' }], nextCursor: 'b' })
  portal.agents.reply = { outcome: 'answered', answer: { folder: '/srv', entries: [file('c')], more: false } }
  const second = await portal.acmeAdmin.browse.folder({ serverId, folder: '/srv', cursor: first.nextCursor })
  expect(second.nextCursor).toBeNull()
  expect(portal.agents.asked.map(({ query }) => query)).toEqual([
    { kind: 'browse', folder: '/srv', after: null },
    { kind: 'browse', folder: '/srv', after: 'b' },
  ])
})

test('what the server refuses is told in the protocol’s words, with its own beside them', async () => {
  portal.agents.reply = { outcome: 'refused', code: 'folder_unreadable', detail: 'EACCES: /root' }
  const refused = await problemOf(
    portal.acmeAdmin.browse.folder({ serverId: portal.acme.server.id, folder: '/root' }),
  )
  expect(refused).toEqual({
    problem: expect.objectContaining({ code: 'folder_unreadable', title: 'Folder cannot be read' }),
    refusal: { code: 'folder_unreadable', detail: 'EACCES: /root' },
    fields: {},
    id: null,
  })
})

test.each(['relative/path', '', 'C:no', '/nul\0inside', '/half\uD800'])(
  'refuses the path %j',
  async (folder) => {
    const ask = portal.owner.browse.folder({ serverId: portal.acme.server.id, folder })
    expect(await codeOf(ask)).toBe('invalid_input')
  },
)

test('a stranger’s server is answered like a missing one, and is never asked', async () => {
  const before = portal.agents.asked.length
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.browse.folder({ serverId, folder: null }),
  )
  expect(portal.agents.asked.length).toBe(before)
})
