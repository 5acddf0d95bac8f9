/**
 * What the remote management log can say beside the protocol's own codes (packages/protocol/src/refusals.ts): things
 * that went well, and what people changed. A closed list, so that the console has words for each.
 */
import { REFUSALS, type RefusalCode } from '@holdfast/protocol'

export const LOG_EVENTS = {
  // ── Links ──
  online: 'Connected',
  new_installation: 'Connected from a new installation',

  // ── Commands: asked, and what they came to where no refusal says it better ──
  command_given: 'Asked of the server',
  command_succeeded: 'Done',
  command_failed: 'Failed',
  command_refused: 'Refused by the server',
  command_unknown: 'Outcome unknown',

  // ── Changes that people made on the portal ──
  portal_set_up: 'Portal set up',
  log_exported: 'Log exported',
  log_retention_changed: 'Time to keep the log changed',
  customer_added: 'Customer added',
  customer_changed: 'Customer changed',
  customer_removed: 'Customer removed',
  recovery_key_set: 'Recovery key set',
  site_added: 'Site added',
  site_changed: 'Site changed',
  site_removed: 'Site removed',
  server_added: 'Server added',
  server_changed: 'Server changed',
  server_removed: 'Server removed',
  copy_kept_out: 'Copy of a server kept out',
  copy_split: 'Copy made a server of its own',
  copy_chosen: 'Other machine chosen as the right one',
  agent_key_trusted: 'New key of an agent trusted',
  condition_known: 'Condition known',
  condition_not_known: 'Condition no longer known',
  management_password_set: 'New management password',
  repository_added: 'Repository added',
  repository_login_set: 'Login for a repository set',
  repository_removed: 'Repository removed',
  plan_added: 'Backup plan added',
  plan_changed: 'Backup plan changed',
  plan_paused: 'Backup plan paused',
  plan_resumed: 'Backup plan runs again',
  plan_removed: 'Backup plan removed',
  repository_opened_elsewhere: 'Repository opened for another server',
  template_added: 'Plan template added',
  template_changed: 'Plan template changed',
  template_removed: 'Plan template removed',
  template_applied: 'Plan template applied',
  template_undone: 'Plan template taken back',
  template_unassigned: 'Plan template taken from servers',
  download_begun: 'Download begun',
  download_done: 'Downloaded',
  download_cut: 'Download ended before its end',
  vault_added: 'Vault registered',
  vault_changed: 'Vault changed',
  vault_removed: 'Vault removed',
  vault_quota_changed: 'Quota in the vault changed',
  person_added: 'Person added',
  person_changed: 'Person changed',
  signed_in: 'Signed in',
  signed_out: 'Signed out',
  sign_in_failed: 'Sign-in failed',
} as const satisfies Record<string, string>

export type LogEventCode = keyof typeof LOG_EVENTS
export type LogCode = LogEventCode | RefusalCode

/** The words for a code that a row holds. A row may be older or newer than this portal: then the code itself must do. */
export function logTitle(code: string): string {
  if (Object.hasOwn(LOG_EVENTS, code)) return LOG_EVENTS[code as LogEventCode]
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code as RefusalCode].title : code
}
