/** Keys are sealed to the customer's recovery kit, by a real agent, and opened with plain age and plain restic. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import {
  credentialsFor,
  type RepositoryCredentials,
  type RepositoryPlace,
  readRepositoryKey,
} from '@holdfast/protocol'
import { type KeyPair, makeKeyPair, unseal } from '@holdfast/protocol/sealing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PASSWORD as REPOSITORY_PASSWORD } from '../engine/testing/site.ts'
import { NAME, TestGateway } from '../link/testing/gateway.ts'
import { sealHere } from '../repositories/credentials.ts'
import { State } from '../state/state.ts'
import { Cli } from '../testing/cli.ts'
import { REPOSITORY_ID, Site } from '../testing/site.ts'

let gateway: TestGateway
let site: Site
let kit: KeyPair

beforeEach(async () => {
  gateway = await TestGateway.start()
  site = new Site()
  kit = await makeKeyPair()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const named = (recovery: string | null) => gateway.plans([], { recovery })
const sealedTo = ({ recipient }: KeyPair) => gateway.fact('repositorySealed', { recipient })
const beside = () => site.folder.at('repository', 'holdfast-recovery', 'key.age')
const cli = () => new Cli(site.settings.stateFolder)

/** Repositories are looked at one after the other, so what concerns the first one has happened by then, or never will. */
async function otherSealed(): Promise<void> {
  const repositoryId = '019a3f00-6666-7aaa-8bbb-0123456789ac'
  const place = { kind: 'folder', folder: site.folder.at('other') }
  await gateway.command(site.command({ kind: 'createRepository', repositoryId, name: 'Other', place }))
  await gateway.fact('repositorySealed', { repositoryId })
}

async function withRepository(): Promise<void> {
  site.join(gateway)
  site.prepareRepository()
  await site.startAgent()
  await gateway.agentOnline()
}

test('the first recovery key is held, and what opens each repository is sealed to it', async () => {
  await withRepository()
  await named(kit.recipient)
  const { repositoryId, sealed } = await sealedTo(kit)
  expect(repositoryId).toBe(REPOSITORY_ID)
  expect(await gateway.fact('recoveryHeld')).toEqual({ type: 'recoveryHeld', recipient: kit.recipient })
  expect(readRepositoryKey(await unseal(sealed, kit.identity))).toEqual({
    password: REPOSITORY_PASSWORD,
    location: site.folder.at('repository'),
    environment: {},
    credentials: null,
    repositoryId: REPOSITORY_ID,
    name: 'Second disk',
    server: NAME,
  })
  const { out } = await cli().run(['recovery'])
  expect(out).toContain(kit.recipient)
})

test('the seal lies in the repository, and plain age and restic open it from there', async () => {
  await withRepository()
  await named(kit.recipient)
  await site.until(() => existsSync(beside()))
  const keyFile = site.folder.at('kit.txt')
  writeFileSync(keyFile, `${kit.identity}\n`)
  const opened = execFileSync(process.env.HOLDFAST_AGE ?? 'age', ['--decrypt', '-i', keyFile, beside()], {
    encoding: 'utf8',
  })
  const [, password = ''] = /^password: (.*)$/m.exec(opened) ?? []
  const restic = (...args: string[]) =>
    execFileSync('restic', ['--repo', site.folder.at('repository'), '--no-cache', ...args], {
      encoding: 'utf8',
      env: { ...process.env, RESTIC_PASSWORD: password },
    })
  expect(restic('check')).toContain('no errors were found')
  restic('prune')
  expect(existsSync(beside())).toBe(true)
})

test('a key is sealed once, and not again at each start', async () => {
  await withRepository()
  await named(kit.recipient)
  await sealedTo(kit)
  await site.stopAgent()
  await gateway.agentOffline()
  await site.startAgent()
  await gateway.agentOnline()
  await named(kit.recipient)
  await otherSealed()
  expect(gateway.facts.filter(({ type }) => type === 'repositorySealed')).toHaveLength(2)
})

test('another recovery key waits for a person at the site', async () => {
  const thief = await makeKeyPair()
  await withRepository()
  await named(kit.recipient)
  await sealedTo(kit)
  await named(thief.recipient)
  await site.told('recovery_key_changed')
  expect(site.agent.state.recovery.of(site.agent.state.portals.all()[0]?.id ?? '')).toMatchObject({
    recipient: kit.recipient,
    waiting: thief.recipient,
  })

  const third = await makeKeyPair()
  expect(await cli().run(['recovery', 'accept', third.recipient])).toMatchObject({ code: 2 })
  expect(await cli().run(['recovery', 'accept', 'age1nonsense'])).toMatchObject({ code: 2 })
  expect(gateway.facts.filter(({ type }) => type === 'repositorySealed')).toHaveLength(1)

  const { out } = await cli().run(['recovery'])
  expect(out).toContain(`holdfast-agent recovery accept ${thief.recipient} ${NAME}`)
  expect(await cli().run(['recovery', 'accept', thief.recipient])).toMatchObject({ code: 0 })
  const { sealed } = await sealedTo(thief)
  expect(await unseal(sealed, thief.identity)).toContain(REPOSITORY_PASSWORD)
  await expect(unseal(sealed, kit.identity)).rejects.toThrow()
  await site.until(() => readFileSync(beside(), 'utf8') === sealed)
})

test('a portal that names none takes nothing back', async () => {
  await withRepository()
  await named(kit.recipient)
  await sealedTo(kit)
  await named(null)
  const portalId = site.agent.state.portals.all()[0]?.id ?? ''
  await named(kit.recipient)
  expect(site.agent.state.recovery.of(portalId)).toMatchObject({ recipient: kit.recipient, waiting: null })
})

test('what opens a place elsewhere is sealed as well, for plain restic and for another agent', async () => {
  const place: RepositoryPlace = {
    ...{ kind: 's3', endpoint: 'https://s3.example.com', bucket: 'backups', prefix: 'fs1' },
    region: 'eu-1',
  }
  const credentials: RepositoryCredentials = { kind: 's3', accessKeyId: 'AKIA', secretAccessKey: 'hidden' }
  const { id: portalId } = site.join(gateway)
  const state = new State(site.settings.stateFolder)
  state.repositories.prepare(portalId, REPOSITORY_ID, 'Cloud', place)
  const sealedHere = await sealHere(place, credentials, state)
  state.repositories.setCredentials(REPOSITORY_ID, sealedHere, new Date().toISOString())
  state.repositories.become(REPOSITORY_ID, 'ready')
  state.close()
  await site.startAgent()
  await gateway.agentOnline()
  await named(kit.recipient)
  const { sealed } = await sealedTo(kit)
  const key = readRepositoryKey(await unseal(sealed, kit.identity))
  expect(key).toMatchObject({
    location: 's3:https://s3.example.com/backups/fs1',
    environment: { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'hidden', AWS_DEFAULT_REGION: 'eu-1' },
  })
  expect(credentialsFor(place, key?.credentials ?? '')).toEqual(credentials)
})

test('on a disk that is not mounted nothing is written', async () => {
  await withRepository()
  await named(kit.recipient)
  await site.until(() => existsSync(beside()))
  await site.stopAgent()
  await gateway.agentOffline()
  rmSync(site.folder.at('repository'), { recursive: true })
  mkdirSync(site.folder.at('repository'))
  await site.startAgent()
  await gateway.agentOnline()
  await named(kit.recipient)
  await otherSealed()
  expect(existsSync(site.folder.at('repository', 'holdfast-recovery'))).toBe(false)
})
