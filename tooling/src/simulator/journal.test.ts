import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fact } from '@holdfast/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SimulatedJournal } from './journal.ts'

const [ONE, TWO] = ['server one', 'server two']
const HELD: Fact = { type: 'plansHeld', held: [] }
let folder: string
let journal: SimulatedJournal
const open = () => new SimulatedJournal(join(folder, 'journal.sqlite'))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-journal-'))
  journal = open()
})
afterEach(async () => {
  journal.close()
  await rm(folder, { recursive: true })
})

const sequences = (server: string) => journal.unacknowledged(server, 100).map(({ sequence }) => sequence)

test('a command is new once, for each server, also after a restart', () => {
  expect(journal.receiveCommand(ONE, 'a')).toBe(true)
  expect(journal.receiveCommand(ONE, 'a')).toBe(false)
  expect(journal.receiveCommand(TWO, 'a')).toBe(true)
  journal.close()
  journal = open()
  expect(journal.receiveCommand(ONE, 'a')).toBe(false)
})

test('sequences grow without a gap for each server, also after everything was acknowledged', () => {
  journal.write(ONE, [HELD, HELD])
  journal.write(TWO, [HELD])
  expect(sequences(ONE)).toEqual([1, 2])
  expect(sequences(TWO)).toEqual([1])
  journal.acknowledge(ONE, 2)
  journal.write(ONE, [HELD])
  expect(sequences(ONE)).toEqual([3])
})

test('what was not acknowledged is still there after a restart, oldest first', () => {
  journal.write(ONE, [HELD, HELD, HELD])
  journal.acknowledge(ONE, 1)
  journal.close()
  journal = open()
  expect(sequences(ONE)).toEqual([2, 3])
  expect(journal.unacknowledged(ONE, 1)).toMatchObject([{ sequence: 2, fact: HELD }])
})
