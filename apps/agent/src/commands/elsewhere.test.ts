/** Repositories at other places, as a portal asks for them over its link. */
import { mkdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { credentialsText, type RepositoryCredentials, type RepositoryPlace } from '@holdfast/protocol'
import { seal } from '@holdfast/protocol/sealing'
import { makeQuick } from '@holdfast/tooling/quick-repository'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { type Storage, startRest } from '../repositories/testing/storages.ts'
import { REPOSITORY_ID, Site } from '../testing/site.ts'

let gateway: TestGateway
let site: Site
let storage: Storage
let place: RepositoryPlace
const LOGIN: RepositoryCredentials = { kind: 'rest', user: 'acme', password: 'the storage password' }

beforeEach(async () => {
  gateway = await TestGateway.start()
  site = new Site()
  mkdirSync(site.folder.at('rest'))
  storage = await startRest(site.folder.at('rest'), { user: 'acme', password: LOGIN.password })
  place = { kind: 'rest', address: `http://127.0.0.1:${storage.port}/fs1` }
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
  await storage[Symbol.asyncDispose]()
})

/** As a browser does it, with the key that the portal passes on. */
async function sealed(forPlace: RepositoryPlace, login: RepositoryCredentials): Promise<string> {
  const { recipient } = await site.agent.state.identity.ageKeys()
  return seal(credentialsText(forPlace, login), [recipient])
}

const create = async (login: RepositoryCredentials, forPlace = place) =>
  site.command({
    ...{ kind: 'createRepository', repositoryId: REPOSITORY_ID, name: 'Elsewhere', place },
    credentials: await sealed(forPlace, login),
  })
const makeItQuick = () =>
  makeQuick(site.folder.at('rest', 'fs1'), site.agent.state.repositories.all()[0]?.key ?? '')
const trial = () => site.command({ kind: 'testRepository', repositoryId: REPOSITORY_ID })

describe('a repository with a login', () => {
  test('is made, tested, and told of with the time of its login', async () => {
    await site.online(gateway)
    await gateway.command(await create(LOGIN))
    const made = await gateway.fact('repositoryChanged', { state: 'ready' })
    expect(made).toMatchObject({ credentialsAt: expect.stringMatching(/^2/) })
    makeItQuick()
    const command = trial()
    await gateway.command(command)
    await gateway.fact('commandChanged', { commandId: command.id, state: 'succeeded' })
  })

  test('that was sealed for another place is not used for this one', async () => {
    await site.online(gateway)
    await gateway.command(await create(LOGIN, { kind: 'rest', address: 'https://evil.example.com/fs1' }))
    await gateway.fact('repositoryChanged', { state: 'failed', code: 'storage_login_missing' })
  })

  test('that is wrong is named, and a login that opens nothing here does not replace one that does', async () => {
    await site.online(gateway)
    await gateway.command(await create(LOGIN))
    await gateway.fact('repositoryChanged', { state: 'ready' })
    makeItQuick()
    const set = async (credentials: string) => {
      const command = site.command({ kind: 'setCredentials', repositoryId: REPOSITORY_ID, credentials })
      await gateway.command(command)
      return command.id
    }
    const useless = await set(await sealed({ kind: 'rest', address: 'https://evil.example.com/' }, LOGIN))
    await gateway.fact('commandChanged', {
      commandId: useless,
      state: 'failed',
      code: 'storage_login_missing',
    })
    const first = trial()
    await gateway.command(first)
    await gateway.fact('commandChanged', { commandId: first.id, state: 'succeeded' })

    // Tested at once, while it is still being opened.
    const other = await sealed(place, { ...LOGIN, password: 'wrong' })
    const second = trial()
    await Promise.all([set(other), gateway.command(second)])
    await gateway.fact('commandChanged', {
      ...{ commandId: second.id, state: 'failed', code: 'storage_login_refused' },
    })
    expect(site.news.map(({ text }) => text).join('\n')).not.toContain(LOGIN.password)
  })
})

test('the repository of another server is neither tested nor given a login', async () => {
  await site.online(gateway)
  site.prepareRepository()
  const file = new DatabaseSync(`${site.settings.stateFolder}/state.sqlite`, { timeout: 5_000 })
  file.exec('UPDATE repositories SET read_only = 1')
  file.close()
  const receipt = await gateway.command(trial())
  expect(receipt).toMatchObject({ outcome: 'refused', code: 'repository_read_only' })
})
