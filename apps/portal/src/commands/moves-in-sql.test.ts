/** Receipts and reports of one command come in two transactions, which may meet at its row. */
import type { CommandState, TenantSql } from '@holdfast/database'
import { seedCommand } from '@holdfast/database/seed'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPortal } from '../gateway/testing/portal.ts'
import { MOVE_COMMANDS, MOVES_AS_COLUMNS } from './moves-in-sql.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await TestPortal.start()
})
afterAll(() => portal.stop())

const move = (sql: TenantSql, serverId: string, commandId: string, state: CommandState) => {
  const told = [{ serverId, commandId, state, code: null, detail: '', sequence: 1, logId: uuidv7() }]
  const values = [JSON.stringify(told), MOVES_AS_COLUMNS.from, MOVES_AS_COLUMNS.to]
  return sql.query({ ...MOVE_COMMANDS, values })
}

test.each([
  ['accepted', 'failed', 'failed'],
  ['failed', 'accepted', 'failed'],
  ['accepted', 'running', 'running'],
  ['running', 'accepted', 'running'],
] as const)('%s while it becomes %s: it is %s', async (first, second, expected) => {
  const { database } = portal.testDatabase
  const { tenant, ownerId } = portal.provider
  const { row } = await portal.addServer()
  const { id } = await database.forTenant(tenant, (tx) =>
    seedCommand(tx, row, { id: ownerId, name: 'Bill Stone' }, { state: 'delivered' }),
  )
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
  const { promise: moved, resolve: tellMoved } = Promise.withResolvers<void>()
  const one = database.forTenantSql(tenant, async (sql) => {
    await move(sql, row.id, id, first)
    tellMoved()
    await mayCommit
  })
  await moved
  const other = database.forTenantSql(tenant, (sql) => move(sql, row.id, id, second))
  // The other waits for the row that the one holds.
  const waiting = () =>
    database.forTenantSql(tenant, (sql) =>
      sql.query(`
        SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE NOT granted AND datname = current_database() AND pid <> pg_backend_pid()`),
    )
  await expect.poll(async () => (await waiting()).rows.length).toBe(1)
  commit()
  await Promise.all([one, other])
  const { state } = await database.forTenant(tenant, (tx) => tx.command.findUniqueOrThrow({ where: { id } }))
  expect(state).toBe(expected)
})
