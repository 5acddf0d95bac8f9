/** Why a server has the health it has, in the words that a person reads beside it. */
import { isRefusalCode, REFUSALS } from '@holdfast/protocol'

type Reason = {
  readonly code: string
  readonly title: string
  readonly meaning: string
  readonly todo: string
}

/** Reasons that no refusal of the protocol tells. */
const OWN_REASONS: Readonly<Record<string, Omit<Reason, 'code'>>> = {
  no_plan: {
    title: 'Nothing is chosen for backup',
    meaning: 'The server has no plan, so nothing of it is backed up.',
    todo: 'Choose folders and a repository on its Backup page.',
  },
  never_ran: {
    title: 'No backup yet',
    meaning: 'There is a plan, and it has not run so far.',
    todo: 'Press "Back up now" on the server’s page.',
  },
  plan_never_ran: {
    title: 'A plan has not run yet',
    meaning: 'The folders of a newer plan are not backed up yet.',
    todo: 'Press "Back up now" for that plan on the server’s page.',
  },
  backup_overdue: {
    title: 'No successful backup since it was due',
    meaning:
      'By the schedule there should have been another backup by now, and the portal has heard of none.',
    todo: 'See whether the server is on and connected, and what its log says. "Back up now" makes one at once.',
  },
}

/** Null when there is nothing to explain: the server is protected, or a backup is running. */
export function healthReason(code: string): Reason | null {
  if (isRefusalCode(code)) {
    const { title, meaning, todo } = REFUSALS[code]
    return { code, title, meaning, todo }
  }
  const own = OWN_REASONS[code]
  return own ? { code, ...own } : null
}
