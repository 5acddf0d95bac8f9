import { DOWNLOAD } from '@holdfast/protocol'
import { describe, expect, test } from 'vitest'
import { Pipe, type PipeOutcome } from './pipe.ts'

function open() {
  const outcomes: PipeOutcome[] = []
  const cancelled: true[] = []
  const acknowledged: number[] = []
  const pipe = new Pipe({
    onCancelled: () => cancelled.push(true),
    onOver: (outcome) => outcomes.push(outcome),
  })
  const put = (n: number) => pipe.put(Uint8Array.of(n), () => acknowledged.push(n))
  return { pipe, put, outcomes, cancelled, acknowledged, reader: pipe.stream.getReader() }
}

describe('back pressure', () => {
  test('nothing is acknowledged before it is read, and no more is taken than may be under way', async () => {
    const { put, acknowledged, reader } = open()
    for (let n = 0; n < DOWNLOAD.windowChunks; n += 1) expect(put(n)).toBe(true)
    expect(put(99)).toBe(false)
    expect(acknowledged).toEqual([])
    expect((await reader.read()).value).toEqual(Uint8Array.of(0))
    expect(acknowledged).toEqual([0])
    expect(put(4)).toBe(true)
    expect(put(99)).toBe(false)
  })

  test('a reader that waits gets a piece as it comes', async () => {
    const { pipe, put, reader } = open()
    const read = reader.read()
    await Promise.resolve()
    expect(pipe.isHungry).toBe(true)
    put(7)
    expect((await read).value).toEqual(Uint8Array.of(7))
  })
})

describe('the end', () => {
  test('comes after all that was put', async () => {
    const { pipe, put, outcomes, reader } = open()
    put(1)
    put(2)
    pipe.complete()
    expect(put(3)).toBe(false)
    expect((await reader.read()).value).toEqual(Uint8Array.of(1))
    expect(outcomes).toEqual([])
    expect((await reader.read()).value).toEqual(Uint8Array.of(2))
    expect((await reader.read()).done).toBe(true)
    expect(outcomes).toEqual([{ how: 'complete', bytes: 2, unread: 0 }])
  })

  test('that is a break never looks like an end, whatever was still under way', async () => {
    const { pipe, put, outcomes, reader } = open()
    put(1)
    put(2)
    await reader.read()
    pipe.break(new Error('The link was lost.'))
    pipe.complete()
    await expect(reader.read()).rejects.toThrow('The link was lost.')
    expect(outcomes).toEqual([{ how: 'broken', bytes: 1, unread: 0 }])
  })

  test('that has come is not undone by a link that is lost, but by nobody who reads it', async () => {
    const { pipe, put, outcomes, reader } = open()
    put(1)
    put(2)
    pipe.complete()
    pipe.break(new Error('The link was lost.'))
    expect((await reader.read()).value).toEqual(Uint8Array.of(1))
    pipe.giveUp(new Error('Nobody came.'))
    await expect(reader.read()).rejects.toThrow('Nobody came.')
    expect(outcomes).toEqual([{ how: 'broken', bytes: 1, unread: 0 }])
  })

  test('by the reader is told to the agent, once', async () => {
    const { pipe, put, outcomes, cancelled, reader } = open()
    put(1)
    await reader.cancel()
    expect(put(2)).toBe(false)
    pipe.break(new Error('later'))
    expect(cancelled).toEqual([true])
    expect(outcomes).toEqual([{ how: 'cancelled', bytes: 0, unread: 0 }])
  })

  test('by a reader that waits lets go of it', async () => {
    const { cancelled, reader } = open()
    const read = reader.read()
    await Promise.resolve()
    await reader.cancel()
    expect((await read).done).toBe(true)
    expect(cancelled).toEqual([true])
  })
})
