import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './passwords.ts'

test('a hash opens with its password only, and says how it was made', async () => {
  const phc = await hashPassword('correct horse battery')
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(await verifyPassword('correct horse battery', phc)).toBe(true)
  expect(await verifyPassword('correct horse batterY', phc)).toBe(false)
  expect(await hashPassword('correct horse battery')).not.toBe(phc)
})

test('hashes of other programs and with other parameters are read', async () => {
  // From the tests of the reference implementation (phc-winner-argon2).
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  expect(await verifyPassword('password', reference)).toBe(true)
  expect(await verifyPassword('passwork', reference)).toBe(false)
})

test('one password typed with two keyboards is one password', async () => {
  const phc = await hashPassword('Zu\u0308rich-Bellevue')
  expect(await verifyPassword('Z\u00fcrich-Bellevue', phc)).toBe(true)
})

test('nobody has a password, and finding that out takes as long as for somebody', async () => {
  const phc = await hashPassword('correct horse battery')
  const time = async (stored: string | null) => {
    const started = performance.now()
    await verifyPassword('some password', stored)
    return performance.now() - started
  }
  expect(await verifyPassword('some password', null)).toBe(false)
  const known: number[] = []
  const unknown: number[] = []
  for (let round = 0; round < 9; round += 1) {
    known.push(await time(phc))
    unknown.push(await time(null))
  }
  const median = (times: number[]) => times.sort((a, b) => a - b)[4] ?? 0
  expect(median(unknown)).toBeGreaterThan(median(known) / 2)
  expect(median(unknown)).toBeLessThan(median(known) * 2)
})

test('a row that holds something else is a mistake, not a wrong password', async () => {
  await expect(verifyPassword('some password', '!')).rejects.toThrow('PHC')
})
