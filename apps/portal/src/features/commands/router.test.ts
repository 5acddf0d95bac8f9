import { seedCommand } from '@holdfast/database/seed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

test('a command tells how far it came, and which run it started', async () => {
  const { command, run } = portal.acme
  expect(await portal.acmeViewer.commands.get({ commandId: command.id })).toMatchObject({
    kind: 'startRun',
    state: 'succeeded',
    code: null,
    requestedByName: 'Bill Stone',
    runId: run.id,
  })
})

test('a refused command tells why, in a code and in the server’s words', async () => {
  const by = { id: portal.provider.ownerId, name: 'Bill Stone' }
  const refused = await portal.rows((tx) =>
    seedCommand(tx, portal.acme.server, by, {
      state: 'refused',
      code: 'policy_refused',
      detail: 'run: never',
    }),
  )
  expect(await portal.owner.commands.get({ commandId: refused.id })).toMatchObject({
    state: 'refused',
    code: 'policy_refused',
    detail: 'run: never',
    runId: null,
  })
})

test('a stranger’s command is answered like a missing one', async () => {
  await expectStrangersUnknown(
    portal,
    ({ command }) => command.id,
    (caller, commandId) => caller.commands.get({ commandId }),
  )
})
