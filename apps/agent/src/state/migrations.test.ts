import { mkdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder, type TestFolder } from '../testing/folder.ts'
import { MIGRATIONS } from './migrations.ts'
import { State } from './state.ts'

let folder: TestFolder
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder[Symbol.dispose]())

/** A state file as an earlier agent left it. */
function stateOfFormat(version: number, rows: string): void {
  mkdirSync(folder.at('state'))
  const file = new DatabaseSync(folder.at('state', 'state.sqlite'))
  for (const migration of MIGRATIONS.slice(0, version)) file.exec(migration)
  file.exec(`PRAGMA user_version = ${version}`)
  file.exec(rows)
  file.close()
}

test('repositories from the time when there were only folders stay where they are, with their keys', () => {
  const id = '019a3f00-6666-7aaa-8bbb-0123456789ab'
  stateOfFormat(
    6,
    `INSERT INTO repositories (id, name, folder, key, state, created_at)
       VALUES ('${id}', 'Second disk', '/mnt/it''s "here"', 'the key', 'ready', '2026-11-21T00:00:00.000Z')`,
  )
  const state = new State(folder.at('state'))
  expect(state.repositories.all()).toMatchObject([
    { id, key: 'the key', place: { kind: 'folder', folder: `/mnt/it's "here"` }, credentials: null },
  ])
  state.close()
})
