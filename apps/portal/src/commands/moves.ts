/**
 * A command's states only move forward. This is the whole truth about it, as a table; the database is asked to move a
 * row only along it, so late news (a receipt that arrives after the outcome) changes nothing.
 *
 *   queued ──► delivered ──► accepted ──► running ──► succeeded | failed | unknown
 *      │           │  └──────────┴─────────────────► refused
 *      └───────────┴──► expired
 *
 * Any step may be skipped, because what tells of it may travel slower than what follows. And `expired` is not the end:
 * it says that we stopped waiting. If the agent had it in its journal all the same, the agent's word counts.
 */
import { CommandState } from '@holdfast/database'

export const COMMAND_MOVES: Record<CommandState, readonly CommandState[]> = {
  queued: ['delivered', 'accepted', 'running', 'succeeded', 'failed', 'refused', 'expired', 'unknown'],
  delivered: ['accepted', 'running', 'succeeded', 'failed', 'refused', 'expired', 'unknown'],
  accepted: ['running', 'succeeded', 'failed', 'refused', 'unknown'],
  running: ['succeeded', 'failed', 'refused', 'unknown'],
  expired: ['accepted', 'running', 'succeeded', 'failed', 'refused', 'unknown'],
  succeeded: [],
  failed: [],
  refused: [],
  unknown: [],
}

export const COMMAND_STATES = Object.values(CommandState)

/** Nothing more is expected of a command in such a state. */
export function isOver(state: CommandState): boolean {
  return COMMAND_MOVES[state].length === 0
}
