/**
 * Moves commands along the table of moves.ts, in one statement for any number of them, and writes each end into the
 * remote management log in the same transaction: a command whose end is missing there would look as if it were still on.
 */
import { COMMAND_MOVES, COMMAND_STATES } from './moves.ts'

const pairs = COMMAND_STATES.flatMap((from) => COMMAND_MOVES[from].map((to) => ({ from, to })))

/** The table as two columns: the second and third parameter of MOVE_COMMANDS. */
export const MOVES_AS_COLUMNS = {
  from: pairs.map(({ from }) => from),
  to: pairs.map(({ to }) => to),
} as const

/** The first parameter of MOVE_COMMANDS, as JSON. */
export type CommandMove = {
  readonly serverId: string
  readonly commandId: string
  readonly state: string
  readonly code: string | null
  readonly detail: string
  /** Grows with time among the moves of one server. */
  readonly sequence: number
  /** The id of the log entry that it may become. */
  readonly logId: string
}

/**
 * Of several moves of one command the first that ends it counts, else the last. Only the server that a command was for
 * can move it.
 *
 * Rows are held before they are looked at. A receipt and the report that follows it come in two transactions; if one has
 * to wait for the other, PostgreSQL goes on with the row as it is then, but beside it with what it had found to join the
 * row as it was. A table of moves that is joined to the state itself would then fit no more, and a report would be lost.
 */
export const MOVE_COMMANDS = {
  name: 'move_commands',
  text: `
    WITH told AS (
      SELECT DISTINCT ON (said."serverId", said."commandId") said.*
      FROM jsonb_to_recordset($1::jsonb) AS said
        ("serverId" uuid, "commandId" uuid, state text, code text, detail text, sequence bigint, "logId" uuid)
      ORDER BY said."serverId", said."commandId",
               said.state NOT IN ('delivered', 'accepted', 'running') DESC,
               CASE WHEN said.state IN ('delivered', 'accepted', 'running') THEN -said.sequence ELSE said.sequence END
    ), held AS MATERIALIZED (
      SELECT command.id, command.state AS before, told.state::command_state AS after, told.code, told.detail,
             told."logId"
      FROM command JOIN told ON command.id = told."commandId" AND command.server_id = told."serverId"
      ORDER BY command.id
      FOR UPDATE OF command
    ), moved AS (
      UPDATE command SET
        state = held.after, code = coalesce(held.code, ''), detail = held.detail, changed_at = now()
      FROM held
      WHERE command.id = held.id
        AND EXISTS (SELECT FROM unnest($2::command_state[], $3::command_state[]) AS move (before, after)
                    WHERE move.before = held.before AND move.after = held.after)
      RETURNING command.*, held."logId"
    ), logged AS (
      INSERT INTO management_log (id, provider_id, customer_id, server_id, kind, code, subject, actor, detail)
      SELECT moved."logId", moved.provider_id, moved.customer_id, moved.server_id, 'command',
             CASE WHEN moved.code = '' THEN 'command_' || moved.state ELSE moved.code END,
             customer.handle || '/' || server.name, moved.requested_by_name,
             left(moved.reason || CASE WHEN moved.detail = '' THEN '' ELSE ': ' || moved.detail END, 2000)
      FROM moved
      JOIN server ON server.id = moved.server_id
      JOIN customer ON customer.id = moved.customer_id
      WHERE moved.state IN ('succeeded', 'failed', 'refused', 'expired', 'unknown')
    )
    SELECT id AS "commandId", provider_id AS "providerId", customer_id AS "customerId", server_id AS "serverId" FROM moved`,
}
