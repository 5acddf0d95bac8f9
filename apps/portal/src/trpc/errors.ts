/**
 * Everything that a procedure can answer instead of a result, as one closed list in the form of the protocol's refusals:
 * a code that never changes, a title, what it means, what to do. A feature says `throw fail('not_found')` (failure.ts)
 * and nothing else; what a browser gets is `ErrorData`, which never holds an exception's own words or a stack.
 *
 * Where a server said no, the person reads the protocol's entry, and beside it the server's own detail. That detail is
 * foreign text: the console shows it as such, bounded and escaped.
 */
import { REFUSALS, type RefusalCode } from '@holdfast/protocol'
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc'

type Entry = {
  readonly status: TRPC_ERROR_CODE_KEY
  readonly title: string
  readonly meaning: string
  readonly todo: string
}

export const ERRORS = {
  // ── Who are you, and may you? ────────────────────────────────────────────────────────────────────────────────
  not_signed_in: {
    status: 'UNAUTHORIZED',
    title: 'You are signed out',
    meaning: 'Your session has ended, or was ended elsewhere.',
    todo: 'Sign in again. Nothing you did before is lost.',
  },
  not_allowed: {
    status: 'FORBIDDEN',
    title: 'Your role does not allow this',
    meaning: 'You can see this, but another role is needed to change it.',
    todo: 'Ask an owner to do it, or to give you the role for it.',
  },
  foreign_page: {
    status: 'FORBIDDEN',
    title: 'This did not come from the console',
    meaning:
      'Changes are taken only from the console’s own pages, at the address that the portal knows as its own.',
    todo: 'Open the console at its usual address. If a proxy stands in front of it, set HOLDFAST_CONSOLE_URL to the address that people type.',
  },

  // ── Is it there? ─────────────────────────────────────────────────────────────────────────────────────────────
  not_found: {
    status: 'NOT_FOUND',
    title: 'Not found',
    meaning: 'It does not exist, or not any more.',
    todo: 'Go back to the list. If somebody sent you the link, ask them whether it still exists.',
  },
  changed_meanwhile: {
    status: 'CONFLICT',
    title: 'Somebody else changed it meanwhile',
    meaning: 'What you were looking at is no longer the newest version. Nothing of yours was saved.',
    todo: 'Load it again, look at what changed, and repeat your change.',
  },

  // ── Is the input sound? ──────────────────────────────────────────────────────────────────────────────────────
  invalid_input: {
    status: 'BAD_REQUEST',
    title: 'Something is not filled in right',
    meaning: 'The marked fields hold something that cannot be saved.',
    todo: 'Correct them and try again.',
  },
  handle_taken: {
    status: 'CONFLICT',
    title: 'This handle is taken',
    meaning: 'Another customer has it, and the names of servers begin with it.',
    todo: 'Choose another one.',
  },
  site_name_taken: {
    status: 'CONFLICT',
    title: 'There is a site of this name already',
    meaning: 'The names of a customer’s sites must differ.',
    todo: 'Choose another name.',
  },
  server_name_taken: {
    status: 'CONFLICT',
    title: 'There is a server of this name already',
    meaning:
      'The names of a customer’s servers must differ, because a server says its name when it connects.',
    todo: 'Choose another name. If it is the same machine, set a new management password on its page instead.',
  },
  folder_taken: {
    status: 'CONFLICT',
    title: 'This folder holds a repository already',
    meaning: 'The server has a repository in this folder.',
    todo: 'Choose that repository from the list, or another folder.',
  },
  vault_name_taken: {
    status: 'CONFLICT',
    title: 'There is a vault of this name already',
    meaning: 'Vaults are told from each other by their names.',
    todo: 'Choose another name.',
  },
  vault_in_use: {
    status: 'PRECONDITION_FAILED',
    title: 'Servers use this vault',
    meaning: 'Repositories lie in it. Without its entry here, their servers would lose the leave to use it.',
    todo: 'Keep it. If the vault has moved, change its address instead.',
  },
  confirmation_differs: {
    status: 'BAD_REQUEST',
    title: 'The name does not match',
    meaning: 'To remove something that cannot be brought back, its name has to be typed exactly.',
    todo: 'Type the name as it stands above the field.',
  },
  registration_unusable: {
    status: 'BAD_REQUEST',
    title: 'The password was not registered',
    meaning: 'What the browser made of the management password is not complete. Nothing was saved.',
    todo: 'Reload the page and try again.',
  },

  // ── Can it be done now? ──────────────────────────────────────────────────────────────────────────────────────
  setup_code_wrong: {
    status: 'FORBIDDEN',
    title: 'This is not the set-up code',
    meaning: 'Others can reach this console, so only who started the portal may set it up.',
    todo: 'Type the code that the portal printed when it was started.',
  },
  already_set_up: {
    status: 'CONFLICT',
    title: 'This portal is set up already',
    meaning: 'Its provider and owner were created before.',
    todo: 'Sign in.',
  },
  repository_not_ready: {
    status: 'PRECONDITION_FAILED',
    title: 'The repository is not ready',
    meaning: 'The server has not made it yet, or could not.',
    todo: 'Look at the repository’s state on the server’s page. Create it again, or choose another one.',
  },
  run_not_active: {
    status: 'PRECONDITION_FAILED',
    title: 'This run has ended already',
    meaning: 'There is nothing left to cancel.',
    todo: 'Look at how it ended in the history.',
  },
  restore_not_active: {
    status: 'PRECONDITION_FAILED',
    title: 'This restore has ended already',
    meaning: 'There is nothing left to cancel.',
    todo: 'Look at how it ended in the history.',
  },
  refused_by_server: {
    status: 'PRECONDITION_FAILED',
    title: 'The server refused',
    meaning: 'The server was asked, and would not or could not do it.',
    todo: 'Read the reason beside this.',
  },

  // ── Our own fault ────────────────────────────────────────────────────────────────────────────────────────────
  unexpected: {
    status: 'INTERNAL_SERVER_ERROR',
    title: 'Something went wrong in the portal',
    meaning: 'The portal made a mistake, or something that it needs did not answer. Backups go on meanwhile.',
    todo: 'Try again. If it repeats, tell your provider the number below: the portal’s log has the reason under it.',
  },
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof ERRORS

/** A problem as a person reads it. The console's ui kit draws the same form. */
export type Problem = {
  readonly code: ErrorCode | RefusalCode
  readonly title: string
  readonly meaning: string
  readonly todo: string
}

/** What hangs on a tRPC error as `error.data`, and all that a browser learns. */
export type ErrorData = {
  readonly problem: Problem
  /** Set when a server said no: its code, and its own words, which are foreign text. */
  readonly refusal: { readonly code: RefusalCode; readonly detail: string } | null
  /** Messages by the path of the input field, such as `name` or `sources.0`. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  /** Under which an unexpected error stands in the portal's log. */
  readonly id: string | null
}

/** The console's words for a code of this list. */
export function problem(code: ErrorCode): Problem {
  const { title, meaning, todo } = ERRORS[code]
  return { code, title, meaning, todo }
}

/** The console's words for a refusal of the protocol. */
export function refusalProblem(code: RefusalCode): Problem {
  const { title, meaning, todo } = REFUSALS[code]
  return { code, title, meaning, todo }
}
