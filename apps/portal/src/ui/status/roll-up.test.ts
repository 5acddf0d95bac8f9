import { describe, expect, it } from 'vitest'
import {
  addHealthCounts,
  countServers,
  countsOf,
  countUnprotected,
  healthInWords,
  healthsWorstFirst,
  noServers,
  worstHealth,
} from './roll-up.ts'
import { vocabulary } from './vocabulary.ts'

describe('a folder of servers', () => {
  const counts = addHealthCounts([
    countsOf('protected'),
    countsOf('protected'),
    countsOf('running'),
    countsOf('offline'),
    countsOf('never_ran'),
  ])

  it('shows the worst that is in it', () => {
    expect(worstHealth(counts)).toBe('offline')
    expect(worstHealth(addHealthCounts([counts, countsOf('failing')]))).toBe('failing')
    expect(worstHealth(noServers)).toBeUndefined()
  })

  it('counts who is not protected; a running backup is not a worry', () => {
    expect(countServers(counts)).toBe(5)
    expect(countUnprotected(counts)).toBe(2)
  })

  it('speaks worst first', () => {
    expect(healthInWords(counts)).toBe('1 offline, 1 never ran, 1 running, 2 protected')
    expect(healthInWords(noServers)).toBe('no servers')
  })
})

describe('the vocabulary', () => {
  it('orders healths from the worst to the best', () => {
    expect(healthsWorstFirst).toEqual(['failing', 'warning', 'offline', 'never_ran', 'running', 'protected'])
  })

  it.each(Object.entries(vocabulary))('tells every state of a %s apart by its shape', (kind, entries) => {
    const all: { word: string; shape: string }[] = Object.values(entries)
    const looks = all.map((entry) => entry.shape)
    // The steps of connecting are one thing to the eye: they last for milliseconds.
    const alike = kind === 'link' ? 2 : 0
    expect(new Set(looks).size).toBe(all.length - alike)
  })
})
