/** Chance that can be had again: the same seed gives the same numbers, in the same order. */
import { createHash } from 'node:crypto'

/** From 0 up to, but not including, 1. */
export type Random = () => number

export function seededRandom(seed: string): Random {
  let turn = 0
  return () => {
    turn += 1
    return createHash('sha256').update(`${seed}/${turn}`).digest().readUInt32BE(0) / 2 ** 32
  }
}

export function between(random: Random, least: number, most: number): number {
  return least + random() * (most - least)
}

/** One of them. There must be some. */
export function choose<T>(random: Random, from: readonly T[]): T {
  const chosen = from[Math.floor(random() * from.length)]
  if (chosen === undefined) throw new Error('There is nothing to choose from.')
  return chosen
}

/** All of them, in another order. */
export function shuffled<T>(random: Random, all: readonly T[]): T[] {
  const lots = all.map((one) => ({ one, lot: random() }))
  return lots.sort((a, b) => a.lot - b.lot).map(({ one }) => one)
}
