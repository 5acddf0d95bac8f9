import { CommandState } from '@holdfast/database'
import { describe, expect, test } from 'vitest'
import { COMMAND_MOVES, isOver } from './moves.ts'

const states = Object.values(CommandState)

/** Every state that can come after this one, however many steps later. */
function reachable(from: CommandState, seen = new Set<CommandState>()): Set<CommandState> {
  for (const to of COMMAND_MOVES[from]) {
    if (seen.has(to)) continue
    seen.add(to)
    reachable(to, seen)
  }
  return seen
}

describe("a command's states", () => {
  test('never come round again', () => {
    for (const state of states) expect(reachable(state)).not.toContain(state)
  })

  test('can always still come to an end', () => {
    for (const state of states.filter((state) => !isOver(state)))
      expect([...reachable(state)].some(isOver)).toBe(true)
  })

  test('end once: what is over stays as it is', () => {
    expect(states.filter(isOver).sort()).toEqual(['failed', 'refused', 'succeeded', 'unknown'])
  })

  test('let a receipt that comes late change nothing', () => {
    expect(COMMAND_MOVES.running).not.toContain('accepted')
    expect(COMMAND_MOVES.accepted).not.toContain('delivered')
  })
})
