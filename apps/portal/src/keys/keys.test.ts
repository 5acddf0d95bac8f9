import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownCertificate, readCertificate } from './gateway-certificate.ts'
import { KeyFolder } from './key-folder.ts'
import { openKeys, settleOpaqueSetup } from './portal-keys.ts'

let dataFolder: string
const inKeys = (name: string) => join(dataFolder, 'keys', name)
const nobody = async () => false
const somebody = async () => true

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'holdfast-keys-'))
})
afterEach(() => rm(dataFolder, { recursive: true }))

describe("the portal's keys", () => {
  test('are made at the first start, for our eyes only, and are the same ever after', async () => {
    const first = await openKeys(dataFolder)
    const setup = await settleOpaqueSetup(first, nobody)
    for (const name of await readdir(join(dataFolder, 'keys')))
      expect((await stat(inKeys(name))).mode & 0o777).toBe(0o600)
    expect((await stat(join(dataFolder, 'keys'))).mode & 0o777).toBe(0o700)

    const second = await openKeys(dataFolder)
    expect(second.databasePassword).toBe(first.databasePassword)
    expect(await settleOpaqueSetup(second, somebody)).toBe(setup)
  })

  test('include an OPAQUE set-up that is never replaced behind the backs of registered servers', async () => {
    const keys = await openKeys(dataFolder)
    await settleOpaqueSetup(keys, nobody)
    await rm(inKeys('opaque-server-setup'))
    await expect(settleOpaqueSetup(keys, somebody)).rejects.toMatchObject({ code: 'opaque_setup_lost' })
    expect(await readdir(join(dataFolder, 'keys'))).not.toContain('opaque-server-setup')
  })

  test.each(['', 'not a set-up'])('refuse a damaged OPAQUE set-up (%j)', async (text) => {
    const keys = await openKeys(dataFolder)
    await writeFile(inKeys('opaque-server-setup'), text)
    await expect(settleOpaqueSetup(keys, somebody)).rejects.toMatchObject({ code: 'key_unusable' })
    expect(await readFile(inKeys('opaque-server-setup'), 'utf8')).toBe(text)
  })

  test('are the same for two portals that start for the first time at once', async () => {
    const folder = await KeyFolder.open(join(dataFolder, 'keys'))
    const made = await Promise.all(['a', 'b', 'c'].map((text) => folder.create('one', text)))
    expect(new Set(made).size).toBe(1)
  })
})

describe("the gateway's certificate", () => {
  test('is made once, on P-256, and found again', async () => {
    const folder = await KeyFolder.open(join(dataFolder, 'keys'))
    const made = await ownCertificate(folder)
    const leaf = new X509Certificate(made.certificate)
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(leaf.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(made.facts.sha256)
    expect((await ownCertificate(folder)).facts).toEqual(made.facts)
  })

  test('is renewed at a start in its last year', async () => {
    const folder = await KeyFolder.open(join(dataFolder, 'keys'))
    const made = await ownCertificate(folder)
    const yearsLater = (years: number) => new Date(Date.now() + years * 365 * 86_400_000)
    expect((await ownCertificate(folder, yearsLater(8.9))).facts).toEqual(made.facts)
    expect((await ownCertificate(folder, yearsLater(9.1))).facts.sha256).not.toBe(made.facts.sha256)
  })

  test('may be given, but not with the key of another', async () => {
    const folder = await KeyFolder.open(join(dataFolder, 'keys'))
    const one = await ownCertificate(folder)
    await folder.remove('gateway.pem')
    const other = await ownCertificate(folder)
    const files = { certificate: join(dataFolder, 'c.pem'), key: join(dataFolder, 'k.pem') }
    await writeFile(files.certificate, one.certificate.split('-----BEGIN PRIVATE')[0] ?? '')
    await writeFile(files.key, one.key)
    expect((await readCertificate(files)).facts).toEqual(one.facts)
    await writeFile(files.key, other.key)
    await expect(readCertificate(files)).rejects.toMatchObject({ code: 'certificate_unusable' })
    await rm(files.key)
    await expect(readCertificate(files)).rejects.toMatchObject({ code: 'certificate_unusable' })
  })
})
