import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Lobby } from './lobby.ts'

const nextTurn = () => new Promise(setImmediate)

test('who comes alone begins at once; a crowd begins a few at a time, in order, and nobody is forgotten', async () => {
  const begun: Socket[] = []
  const perTurn: number[] = []
  const lobby = new Lobby((socket) => begun.push(socket))
  const alone = new Socket()
  lobby.enter(alone)
  expect(begun).toEqual([alone])
  await nextTurn()

  const crowd = Array.from({ length: 50 }, () => new Socket())
  for (const socket of crowd) lobby.enter(socket)
  for (let before = 1; begun.length < 51; before = begun.length) {
    await nextTurn()
    perTurn.push(begun.length - before)
  }
  expect(begun).toEqual([alone, ...crowd])
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(16)
})
