import {
  type SeededProvider,
  seedCustomer,
  seedProvider,
  startTestDatabase,
  type TestDatabase,
} from '@holdfast/database/seed'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { LiveBus } from '#live/bus.ts'
import { createProcessLog } from '#start/process-log.ts'
import { type LogEntry, ManagementLog } from './management-log.ts'

let testDatabase: TestDatabase
let provider: SeededProvider

beforeAll(async () => {
  testDatabase = await startTestDatabase()
})
afterAll(() => testDatabase.stop())

const newLog = () => new ManagementLog(testDatabase.database, new LiveBus(), createProcessLog('silent'))
const attempt = (subject: string): LogEntry => ({
  providerId: null,
  customerId: null,
  serverId: null,
  kind: 'attempt',
  code: 'unknown_customer',
  subject,
  address: '198.51.100.7',
})
const rowsAbout = (subject: string) =>
  testDatabase.database.forTenant(provider.tenant, (tx) =>
    tx.managementLogEntry.findMany({ where: { subject }, orderBy: { id: 'asc' } }),
  )

describe('the remote management log', () => {
  test('belongs to nobody before the portal is set up, and stands in nobody’s way', async () => {
    const log = newLog()
    log.write(attempt('early/bird'))
    await log.drain()
    provider = await seedProvider(testDatabase.database)
    log.write(attempt('early/worm'))
    await log.drain()
    expect(await rowsAbout('early/worm')).toHaveLength(1)
  })

  test('counts repeats of one attempt in one row, in one flush and across flushes', async () => {
    const log = newLog()
    for (let knocks = 0; knocks < 3; knocks += 1) log.write(attempt('acme/fs1'))
    await log.drain()
    log.write(attempt('acme/fs1'))
    log.write(attempt('acme/fs2'))
    await log.drain()
    const rows = await rowsAbout('acme/fs1')
    expect(rows).toMatchObject([{ count: 4, code: 'unknown_customer', address: '198.51.100.7' }])
    expect(rows[0]?.lastAt.getTime()).toBeGreaterThanOrEqual(rows[0]?.firstAt.getTime() ?? Number.NaN)
    expect(await rowsAbout('acme/fs2')).toMatchObject([{ count: 1 }])
  })

  test('never folds what a person did', async () => {
    const log = newLog()
    const change: LogEntry = { ...attempt('acme'), kind: 'change', code: 'customer_changed', actor: 'Bill' }
    log.write(change)
    log.write(change)
    await log.drain()
    expect(await rowsAbout('acme')).toMatchObject([{ count: 1 }, { count: 1 }])
  })

  test('counts a flood of different names together, without losing one', async () => {
    const log = newLog()
    for (let n = 0; n < 3_000; n += 1) log.write(attempt(`flood/${n}`))
    await log.drain()
    const named = await testDatabase.database.forTenant(provider.tenant, (tx) =>
      tx.managementLogEntry.aggregate({
        where: { subject: { startsWith: 'flood/' } },
        _sum: { count: true },
      }),
    )
    const together = await rowsAbout('')
    expect(named._sum.count).toBeLessThanOrEqual(500)
    expect((named._sum.count ?? 0) + (together[0]?.count ?? 0)).toBe(3_000)
  })

  test('is not filled by somebody who tries names for days, nor is another customer’s part of it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const log = newLog()
    try {
      for (let minute = 0; minute < 120; minute += 1) {
        for (let n = 0; n < 50; n += 1) log.write(attempt(`patient/${minute}-${n}`))
        await log.drain()
        vi.setSystemTime(Date.now() + 60_000)
      }
      log.write({ ...attempt('patient/customer'), customerId: uuidv7() })
      await log.drain()
    } finally {
      vi.useRealTimers()
    }
    const named = await testDatabase.database.forTenant(provider.tenant, (tx) =>
      tx.managementLogEntry.count({ where: { subject: { startsWith: 'patient/' } } }),
    )
    // 500 in a row, then 30 in each of the minutes that follow.
    expect(named).toBeGreaterThan(500)
    expect(named).toBeLessThan(500 + 120 * 31)
    expect(await rowsAbout('patient/customer')).toHaveLength(1)
  })

  test('takes any text at all', async () => {
    const log = newLog()
    log.write(attempt(`\0\uD800${'x'.repeat(500)}`))
    await log.drain()
    expect(await rowsAbout(`\uFFFD\uFFFD${'x'.repeat(198)}`)).toHaveLength(1)
  })

  test('tells the console of the tenant whose log it is', async () => {
    const live = new LiveBus()
    const told: unknown[] = []
    live.subscribe((event) => told.push(event))
    const customer = await testDatabase.database.forTenant(provider.tenant, (tx) =>
      seedCustomer(tx, provider),
    )
    const log = new ManagementLog(testDatabase.database, live, createProcessLog('silent'))
    log.write({ ...attempt('x/y'), customerId: customer.id })
    await log.drain()
    expect(told).toEqual([{ type: 'log', providerId: provider.id, customerId: customer.id }])
  })
})

describe('a storm', () => {
  const rowsOf = (where: { code: string; subject?: { startsWith: string } }) =>
    testDatabase.database.forTenant(provider.tenant, (tx) => tx.managementLogEntry.findMany({ where }))
  const total = (rows: readonly { count: number }[]) => rows.reduce((sum, { count }) => sum + count, 0)

  test('of thousands of servers that fail for one reason, again and again, is a bounded number of rows', async () => {
    const log = newLog()
    const customers = Array.from({ length: 4 }, () => uuidv7())
    const servers = customers.flatMap((customerId) =>
      Array.from({ length: 1_000 }, (_, n) => ({ customerId, serverId: uuidv7(), subject: `storm/${n}` })),
    )
    const rounds = 5
    for (let round = 0; round < rounds; round += 1) {
      for (const server of servers)
        log.write({ ...attempt(server.subject), ...server, providerId: provider.id, code: 'tls_intercepted' })
      await log.drain()
    }
    const rows = await rowsOf({ code: 'tls_intercepted' })
    expect(total(rows), 'not one of them is lost').toBe(servers.length * rounds)
    // 500 of each customer have a row of their own, and the rest one together.
    expect(rows.length).toBeLessThanOrEqual(customers.length * 500 + 1)
    expect(rows.filter(({ subject }) => subject !== '').every(({ count }) => count === rounds)).toBe(true)
  })

  test('of links that come back after a restart is told of each server, once', async () => {
    const log = newLog()
    const servers = Array.from({ length: 2_000 }, (_, n) => ({ serverId: uuidv7(), subject: `back/${n}` }))
    const customerId = uuidv7()
    for (let flap = 0; flap < 3; flap += 1) {
      for (const server of servers)
        log.write({
          ...server,
          providerId: provider.id,
          customerId,
          kind: 'link',
          code: 'online',
          address: '',
        })
      await log.drain()
    }
    const rows = await rowsOf({ code: 'online', subject: { startsWith: 'back/' } })
    expect(rows).toHaveLength(servers.length)
    expect(total(rows)).toBe(servers.length * 3)
  })

  test('of names out of the air, from as many addresses, adds one row to a full log and not one for each try', async () => {
    const log = newLog()
    const knock = (n: number): LogEntry => ({
      ...attempt(`air/${n}`),
      code: 'too_many_attempts',
      address: `2001:db8::${n.toString(16)}`,
      detail: `try ${n}`,
    })
    for (let n = 0; n < 600; n += 1) log.write(knock(n))
    await log.drain()
    const full = (await rowsOf({ code: 'too_many_attempts' })).length
    for (let n = 600; n < 20_000; n += 1) {
      log.write(knock(n))
      if (n % 2_000 === 0) await log.drain()
    }
    await log.drain()
    const rows = await rowsOf({ code: 'too_many_attempts' })
    expect(total(rows)).toBe(20_000)
    // What the clock has paid for meanwhile: one row in two seconds.
    expect(rows.length).toBeLessThan(full + 100)
  })
})
