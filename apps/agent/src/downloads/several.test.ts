import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, posix } from 'node:path'
import { WIRE } from '@holdfast/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { DEFAULT_POLICY, type Policy } from '../policy.ts'
import { REPOSITORY_ID, Site } from '../testing/site.ts'
import { Receiver } from './testing/receiver.ts'

let gateway: TestGateway
let site: Site
beforeEach(async () => {
  gateway = await TestGateway.start()
  site = new Site()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const data = (...names: string[]) => site.folder.at('data', ...names)

async function snapshot(policy: Partial<Policy> = {}): Promise<string> {
  const portal = site.join(gateway)
  site.withState(({ portals }) => portals.setPolicy(portal.id, { ...DEFAULT_POLICY, ...policy }))
  await site.startAgent()
  await gateway.agentOnline()
  await site.prepareBackup(gateway)
  await gateway.command(site.backUpNow())
  return (await gateway.fact('runFinished')).snapshotId ?? expect.fail('no snapshot')
}

async function ask(snapshotId: string, paths: string[], more: object = {}) {
  const socket = await gateway.agentOnline()
  const into = new Receiver(socket)
  const message = {
    downloadId: into.id,
    repositoryId: REPOSITORY_ID,
    snapshotId,
    path: data(),
    format: 'zip',
  }
  const receipt = await socket
    .timeout(15_000)
    .emitWithAck(WIRE.portalToAgent.download, { ...message, paths, ...more })
  return { into, receipt }
}

/** What another program unpacks of what came. */
async function unpacked(snapshotId: string, paths: string[], more: object = {}) {
  const { into, receipt } = await ask(snapshotId, paths, more)
  expect(receipt).toEqual({ outcome: 'accepted', sizeBytes: null })
  const end = await into.ended.promise
  const out = site.folder.at(`out ${into.id}`)
  writeFileSync(`${out}.zip`, Buffer.concat(into.parts ?? []))
  execFileSync('python3', ['-m', 'zipfile', '-e', `${out}.zip`, out])
  return { out, end, names: readdirSync(out, { recursive: true, encoding: 'utf8' }).sort() }
}

test('files and folders of several places come as one zip, named from what they have in common', async () => {
  for (const folder of ['one', 'two', 'other']) {
    mkdirSync(data(folder, 'reports'), { recursive: true })
    writeFileSync(data(folder, 'reports', 'same name.txt'), `of ${folder}`)
  }
  writeFileSync(data('one', 'big.bin'), randomBytes(3_000_000))
  symlinkSync('same name.txt', data('one', 'reports', 'inside'))
  symlinkSync('/etc/passwd', data('one', 'reports', 'outside'))
  const id = await snapshot()
  // One lies within another, and one is asked for twice.
  const paths = [data('one'), data('two', 'reports', 'same name.txt'), data('letter.txt'), data('letter.txt')]
  const { out, end, names } = await unpacked(id, [...paths, data('one', 'big.bin')])
  expect(end).toMatchObject({ outcome: 'done', unread: 0 })
  expect(names).toEqual([
    'What is missing.txt',
    'letter.txt',
    'one',
    'one/big.bin',
    'one/reports',
    'one/reports/inside',
    'one/reports/same name.txt',
    'two',
    'two/reports',
    'two/reports/same name.txt',
  ])
  expect(readFileSync(`${out}/one/big.bin`).equals(readFileSync(data('one', 'big.bin')))).toBe(true)
  expect(readFileSync(`${out}/one/reports/inside`, 'utf8')).toBe('same name.txt')
  expect(readFileSync(`${out}/two/reports/same name.txt`, 'utf8')).toBe('of two')
  expect(readFileSync(`${out}/What is missing.txt`, 'utf8')).toContain('one/reports/outside -> /etc/passwd')
})

test('no link leads out of what is unpacked, over another one or from where it lay too deep', async () => {
  const deep = join('one', ...Array.from({ length: 70 }, (_, n) => `${n}`))
  mkdirSync(data('one', 'a', 'b'), { recursive: true })
  mkdirSync(data(deep), { recursive: true })
  symlinkSync('../..', data('one', 'a', 'b', 'up'))
  symlinkSync('b/up/../../outside', data('one', 'a', 'over'))
  symlinkSync(`${'../'.repeat(68)}outside`, data(deep, 'deep'))
  const { out, names } = await unpacked(await snapshot(), [data('one')])
  const found = names.map((name) => posix.basename(name))
  expect(found).toContain('up')
  expect(found).not.toContain('over')
  expect(found).not.toContain('deep')
  expect(readFileSync(`${out}/What is missing.txt`, 'utf8')).toMatch(/\/deep -> .*\r\none\/a\/over -> b/)
})

test('many files of a folder are fetched by one restic, and the rest of the folder stays away', async () => {
  const names = Array.from({ length: 40 }, (_, number) => `file ${number}`)
  for (const name of [...names, 'not this one']) writeFileSync(data(name), name)
  const id = await snapshot()
  const found = await unpacked(
    id,
    names.map((name) => data(name)),
  )
  expect(found.names).toEqual([...names].sort())
  for (const name of names) expect(readFileSync(`${found.out}/${name}`, 'utf8')).toBe(name)
})

test('what cannot be read is named in the zip, and keeps nobody from the rest', async () => {
  for (const name of ['a', 'c']) writeFileSync(data(name), randomBytes(2_000_000))
  await snapshot()
  const before = new Set(packs())
  writeFileSync(data('b'), randomBytes(2_000_000))
  await gateway.command(site.backUpNow())
  const finished = await gateway.until(() => gateway.facts.filter((fact) => fact.type === 'runFinished')[1])
  const id = finished.snapshotId ?? expect.fail('no snapshot')
  for (const pack of packs().filter((path) => !before.has(path))) turnAByte(pack)
  const three = ['a', 'b', 'c'].map((name) => data(name))
  const { out, end, names } = await unpacked(id, three)
  expect(end).toMatchObject({ outcome: 'done', unread: 1 })
  expect(names).toEqual(['What is missing.txt', 'a', 'c'])
  expect(readFileSync(`${out}/c`).equals(readFileSync(data('c')))).toBe(true)
  expect(readFileSync(`${out}/What is missing.txt`, 'utf8')).toContain(`${data('b')}: `)
  await site.told(/1 could not be read/)

  const { into } = await ask(id, [data('b')])
  expect(await into.ended.promise).toMatchObject({ outcome: 'failed', code: 'repository_damaged' })
})

test('what is not sent: beyond the folder, not in the snapshot, in another form, against the policy', async () => {
  const id = await snapshot({ browseRoots: [data()] })
  const letter = data('letter.txt')
  const outside = { outcome: 'refused', code: 'policy_refused' }
  expect((await ask(id, [letter, '/etc/passwd'])).receipt).toMatchObject(outside)
  expect((await ask(id, [letter, `${data()}/../state/x`])).receipt).toMatchObject(outside)
  expect((await ask(id, [letter, data('nothing')])).receipt).toMatchObject({ code: 'not_in_snapshot' })
  expect((await ask(id, [letter], { path: data('elsewhere') })).receipt).toMatchObject({
    code: 'not_in_snapshot',
  })
  expect((await ask(id, [letter], { format: 'tar' })).receipt).toMatchObject({ code: 'malformed_message' })
  expect((await ask(id, [])).receipt).toMatchObject({ code: 'malformed_message' })
  await site.told(/^Refused to send \/etc\/passwd/)
})

/** What holds files, and not lists of them. */
function packs(): string[] {
  const folder = site.folder.at('repository', 'data')
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  return all.filter((path) => statSync(path).size > 100_000)
}

function turnAByte(path: string): void {
  const bytes = readFileSync(path)
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff
  chmodSync(path, 0o600)
  writeFileSync(path, bytes)
}
