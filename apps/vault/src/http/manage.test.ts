/** What the portal asks of a vault, and who else may not. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { vaultHello, vaultReport } from '@holdfast/protocol/vault-management'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { idOf } from '../testing/client.ts'
import {
  CUSTOMER,
  makeFolder,
  makeManageToken,
  makeToken,
  REPOSITORY,
  SERVER,
  serve,
  type TestFolder,
  type TestVault,
} from '../testing/site.ts'
import { keepVerified } from '../verified.ts'
import { verify } from '../verify.ts'

let folder: TestFolder
let vault: TestVault

beforeEach(async () => {
  folder = makeFolder()
  vault = await serve(folder)
})
afterEach(async () => {
  await vault[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

function ask(path: string, token = makeManageToken(), method = 'GET') {
  return vault.client().ask(method, path, { headers: { Authorization: `Bearer ${token}` } })
}
const json = ({ body }: { body: Buffer }): unknown => JSON.parse(body.toString())

test('it says that it is a vault, and what lies in it', async () => {
  expect(vaultHello.parse(json(await ask('/-/hello'))).holdfastVault).toBe(1)
  const client = vault.client()
  await client.ask('POST', `/${REPOSITORY}/?create=true`)
  const body = randomBytes(5_000)
  await client.ask('POST', `/${REPOSITORY}/data/${idOf(body)}`, { body })
  const month = new Date().toISOString().slice(0, 7)
  const report = vaultReport.parse(json(await ask(`/-/report?month=${month}`)))
  expect(report).toEqual({
    month,
    customers: [
      {
        customer: CUSTOMER,
        repositories: [{ repository: REPOSITORY, bytes: 5_000, trashBytes: 0 }],
        servers: [{ server: SERVER, bytesIn: 5_000, bytesOut: 0, requests: 2 }],
      },
    ],
    verified: null,
  })
  const before = vaultReport.parse(json(await ask('/-/report?month=1999-01')))
  expect(before.customers[0]?.servers).toEqual([])
})

test('it says what the newest reading of everything has found', async () => {
  const data = folder.at('vault')
  await keepVerified(data, {}, await verify(data, { only: {}, bytesPerSecondMax: null, say: () => {} }))
  const { verified } = vaultReport.parse(json(await ask('/-/report?month=2026-11')))
  expect(verified).toMatchObject({ objects: 0, damagedTotal: 0 })
})

test.each([
  ['a token for a repository', () => makeToken()],
  ['an expired one', () => makeManageToken(-1)],
  ['one of another key', () => makeManageToken(60, generateKeyPairSync('ed25519').privateKey)],
  ['a word', () => 'secret'],
])('with %s it says nothing', async (_, make) => {
  expect((await ask('/-/hello', make())).status).toBe(401)
  expect((await ask('/-/report?month=2026-11', make())).status).toBe(401)
})

test('what lets one look after the vault opens no repository', async () => {
  const answer = await vault.client(makeManageToken()).ask('GET', `/${REPOSITORY}/config`)
  expect(answer.status).toBe(401)
})

test.each([
  ['GET', '/-/report', 400],
  ['GET', '/-/report?month=../../etc', 400],
  ['GET', '/-/../config', 400],
  ['GET', '/-/', 400],
  ['POST', '/-/hello', 405],
  ['DELETE', '/-/report?month=2026-11', 405],
])('%s %s is answered %i', async (method, path, status) => {
  expect((await ask(path, makeManageToken(), method)).status).toBe(status)
})
