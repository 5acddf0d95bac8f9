/**
 * Everything that the auditor can find wrong, as a closed list: a code that never changes, a title, the sentence that
 * the facts of a case fill, and what to do. The console, the guide and `npm run audit:faults` all speak from here.
 *
 * `isByClock` marks what becomes true by waiting alone. Nothing of that is said for a while after the portal itself was
 * away: what it did not hear then, it could not hear.
 */
import { refusalTitle, refusalTodo } from './refusal-title.ts'
import { count, counted, duration, percent, size, text } from './words.ts'

type Facts = Readonly<Record<string, unknown>>
type Entry = {
  readonly title: string
  readonly sentence: (facts: Facts) => string
  readonly todo: string | ((facts: Facts) => string)
  readonly isByClock?: true
}

const plan = (facts: Facts): string => `“${text(facts, 'plan')}”`
const why = (facts: Facts): string => refusalTitle(text(facts, 'reason'))

export const CONDITIONS = {
  // ── Servers and places ──
  agent_silent: {
    isByClock: true,
    title: 'Silent',
    sentence: (f) => `Nothing has been heard from it for more than ${duration(f, 'minMs')} (${why(f)}).`,
    todo: 'See whether the machine is on and has a network. "holdfast-agent doctor" there says what is in the way.',
  },
  site_silent: {
    isByClock: true,
    title: 'A whole site is silent',
    sentence: (f) =>
      `${count(f, 'silent')} of ${counted(f, 'servers', 'server')} fell silent within ${duration(f, 'withinMs')}.`,
    todo: 'Power or the line of the site, rather than each server: call there.',
  },
  all_silent: {
    isByClock: true,
    title: 'Servers of many sites are silent',
    sentence: (f) =>
      `${counted(f, 'silent', 'server')} of ${counted(f, 'sites', 'site')} fell silent within ${duration(f, 'withinMs')}.`,
    todo: 'Something between all of them and this portal: its own line, its address, its firewall or its certificate.',
  },
  never_joined: {
    isByClock: true,
    title: 'Registered and never connected',
    sentence: (f) => `It was registered ${duration(f, 'ageMs')} ago, and has not connected once.`,
    todo: 'Install the agent with the line from its page, or remove the server.',
  },
  nothing_planned: {
    isByClock: true,
    title: 'Connected, with nothing to back up',
    sentence: (f) =>
      `It has been here for ${duration(f, 'ageMs')} without a plan: nothing of it is backed up.`,
    todo: 'Choose folders and a repository on its Backup page.',
  },
  clock_skewed: {
    title: 'Clock is wrong',
    sentence: (f) => `Its clock is ${duration(f, 'awayMs')} ${text(f, 'direction')}.`,
    todo: 'Set its clock, and switch time synchronisation on. Schedules and retention go by it.',
  },
  copy_seen: {
    title: 'Another machine claims to be this server',
    sentence: (f) =>
      `${counted(f, 'copies', 'other machine')} proved the password of this server and was kept out.`,
    todo: 'Decide on the server’s page which one is right.',
  },

  // ── A plan, and what was wanted of it ──
  plan_never_ran: {
    isByClock: true,
    title: 'A plan has never run',
    sentence: (f) =>
      `By its schedule, ${plan(f)} should have run ${duration(f, 'lateMs')} ago. It never has.`,
    todo: 'See what the log of the server says. "Back up now" makes a backup at once.',
  },
  backup_overdue: {
    isByClock: true,
    title: 'A backup is overdue',
    sentence: (f) =>
      `${plan(f)} should have been backed up again ${duration(f, 'lateMs')} ago, and nothing was heard of it.`,
    todo: 'See what the log of the server says. "Back up now" makes a backup at once.',
  },
  backup_old: {
    isByClock: true,
    title: 'The last backup is old, and nobody asked for another',
    sentence: (f) =>
      `${plan(f)} has no schedule, and was backed up ${duration(f, 'ageMs')} ago for the last time.`,
    todo: 'Give the plan a schedule.',
  },
  plan_paused: {
    isByClock: true,
    title: 'A plan is paused, and may be forgotten',
    sentence: (f) => `${plan(f)} was paused ${duration(f, 'ageMs')} ago, and has not run by itself since.`,
    todo: 'Let it go on, or say that you know of it.',
  },
  run_never_ended: {
    isByClock: true,
    title: 'A run never ended',
    sentence: (f) => `A run of ${plan(f)} began ${duration(f, 'ageMs')} ago, and its end was never heard.`,
    todo: 'Cancel the run. If that does nothing, restart the agent on the server.',
  },
  plan_not_taken_up: {
    isByClock: true,
    title: 'The server keeps to an older plan',
    sentence: (f) =>
      `${plan(f)} was changed ${duration(f, 'ageMs')} ago, and the server still has ${Number(f.held) === 0 ? 'none of it' : 'the version before'}.`,
    todo: 'Its log says why the agent did not take the plan: mostly its own policy forbids it.',
  },
  old_plan_run: {
    title: 'The server ran an older plan than it says it has',
    sentence: (f) =>
      `The server said that it has version ${count(f, 'wanted')} of ${plan(f)}, and then ran version ${count(f, 'ran')}.`,
    todo: 'Restart the agent. If it happens again, treat the server as untrustworthy: look who is on it.',
  },
  capability_lacking: {
    title: 'The agent cannot do what its plan wants',
    sentence: (f) => `${plan(f)} wants ${text(f, 'wanted')}, and this agent cannot do that.`,
    todo: 'Update the agent.',
  },

  // ── What is backed up ──
  source_vanished: {
    title: 'What is to be backed up is gone',
    sentence: (f) => `${plan(f)}: ${why(f)}${f.detail ? ` (${text(f, 'detail')})` : ''}.`,
    todo: 'Mount the disk, or put the folder back. If it is meant to be gone, take it out of the plan.',
  },
  source_empty: {
    title: 'The source became empty',
    sentence: (f) =>
      `The last backup of ${plan(f)} holds no file; there used to be ${count(f, 'usualFiles')}. It "succeeded".`,
    todo: 'See whether the disk is mounted and the data is there. Older snapshots still have it.',
  },
  files_vanished: {
    title: 'Many files are gone',
    sentence: (f) =>
      `${plan(f)} has ${counted(f, 'files', 'file')}; there used to be ${count(f, 'usualFiles')} (${percent(f, 'share')} fewer).`,
    todo: 'Ask who removed them. If nobody did: older snapshots still have them, and retention must not be shortened now.',
  },
  snapshot_shrank: {
    title: 'Snapshots became much smaller',
    sentence: (f) =>
      `${plan(f)} now has ${size(f, 'bytes')}; there used to be ${size(f, 'usualBytes')} (${percent(f, 'share')} less).`,
    todo: 'See whether everything that the plan names is still there, and whether a database is dumped in full.',
  },
  snapshot_grew: {
    title: 'A backup grew out of all proportion',
    sentence: (f) =>
      `The last backup of ${plan(f)} added ${size(f, 'bytes')}; ${size(f, 'usualBytes')} are usual. The disk of the repository fills faster than planned.`,
    todo: 'See what is new there: a forgotten copy, a log, a disk image. Exclude what nobody will want back.',
  },
  mass_change: {
    title: 'Most files changed at once',
    sentence: (f) =>
      `In one run of ${plan(f)}, ${percent(f, 'share')} of all files were new or changed (${percent(f, 'usualShare')} are usual), with ${size(f, 'bytes')} of new data (${size(f, 'usualBytes')} are usual). So it looks when files are encrypted.`,
    todo: 'Look at the files on the server now. If they are encrypted, take it off the network; the snapshots before this run are whole.',
  },
  files_skipped: {
    title: 'The same files are left out every time',
    sentence: (f) =>
      `${counted(f, 'paths', 'file')} could not be read in any of the last ${counted(f, 'runs', 'run')} of ${plan(f)}, such as ${text(f, 'path')}.`,
    todo: 'Let the agent’s user read them, dump what is held open (databases, mail stores), or exclude them on purpose.',
  },
  dump_failed: {
    title: 'A dump fails',
    sentence: (f) => `${plan(f)}: ${why(f)}${f.detail ? ` (${text(f, 'detail')})` : ''}.`,
    todo: 'Run the dump by hand on the server, as the agent’s user, and see what it says.',
  },
  backup_failing: {
    title: 'Backups fail',
    sentence: (f) =>
      `${Number(f.runs) === 1 ? 'The last run' : `The last ${counted(f, 'runs', 'run')}`} of ${plan(f)} failed: ${why(f)}.`,
    todo: 'The run in the server’s history says what to do.',
  },

  // ── Successes that cannot be ──
  success_without_snapshot: {
    title: 'A success without a snapshot',
    sentence: (f) => `A run of ${plan(f)} says that it succeeded, and names no snapshot.`,
    todo: 'Look into the repository with plain restic. Do not count on this backup.',
  },
  success_of_nothing: {
    title: 'A success of nothing',
    sentence: (f) => `A run of ${plan(f)} says that it succeeded, and read ${text(f, 'nothing')}.`,
    todo: 'See what the plan names: the folders may be empty, or excluded altogether.',
  },
  times_impossible: {
    title: 'A run with impossible times',
    sentence: (f) => `A run of ${plan(f)} ${text(f, 'how')}.`,
    todo: 'Look at the clock of the server, and into the repository: is the snapshot there?',
  },
  figures_impossible: {
    title: 'A run with impossible figures',
    sentence: (f) => `A run of ${plan(f)} ${text(f, 'how')}.`,
    todo: 'Look into the repository with plain restic: is the snapshot there, and can it be restored?',
  },
  snapshot_repeated: {
    title: 'Two runs claim the same snapshot',
    sentence: (f) => `Two runs, the later one of ${plan(f)}, name the same snapshot. One of them made none.`,
    todo: 'Look into the repository with plain restic. Do not count on the later backup.',
  },

  // ── Repositories and what stays in them ──
  retention_not_applied: {
    title: 'Old snapshots are not removed',
    sentence: (f) =>
      `In the last ${counted(f, 'runs', 'run')} of ${plan(f)} retention was not applied${f.reason ? ` (${why(f)})` : ''}. The repository only grows.`,
    todo: 'Mostly the policy of the site does not allow it: a person there types "holdfast-agent policy … allow forget".',
  },
  snapshots_fell: {
    title: 'Snapshots disappeared',
    sentence: (f) =>
      `Of ${plan(f)} there should be ${counted(f, 'expected', 'snapshot')}, and there are ${count(f, 'kept')}. Retention did not remove the others.`,
    todo: 'Ask who removed them. Somebody with the key of the repository did, from the server or from elsewhere.',
  },
  repository_failed: {
    title: 'A repository could not be made',
    sentence: (f) => `“${text(f, 'repository')}” is wanted by a plan and does not work: ${why(f)}.`,
    todo: 'Choose another place for it, or mend this one and try again.',
  },
  repository_not_pruned: {
    title: 'Space is not given back',
    sentence: (f) =>
      `Snapshots in “${text(f, 'repository')}” have been removed for ${duration(f, 'ageMs')}, and their space was never given back.`,
    todo: 'Look at the last runs: pruning may fail each time, or the repository may be locked.',
  },

  repository_damaged: {
    title: 'A repository is damaged in its vault',
    sentence: (f) =>
      `${counted(f, 'objects', 'object')} of “${text(f, 'repository')}” ${Number(f.objects) === 1 ? 'is' : 'are'} not what was stored. What needs them cannot be restored.`,
    todo: 'With a second vault: "holdfast-vault verify --heal". Without one: back up again after the damaged objects are removed, as the guide to the vault says.',
  },
  read_back_damaged: {
    title: 'A repository is damaged',
    sentence: (f) =>
      `“${text(f, 'repository')}” was read back, ${Number(f.parts) === 1 ? 'all of it' : `part ${count(f, 'part')} of ${count(f, 'parts')}`}, and does not hold what was stored. What needs it cannot be restored.`,
    todo: 'Back up into a new repository on another disk, now. "restic check --read-data" on this one says what is lost. This is over when the same part is read back and is in order.',
  },
  repository_shrank: {
    title: 'A repository shrank, and nobody pruned',
    sentence: (f) =>
      `The vault counts ${size(f, 'lostBytes')} less in “${text(f, 'repository')}” than before, and no run says that it gave space back.`,
    todo: 'Ask who deleted it. It is still in the trash of the vault for some days: bring it back there, and see who has the key of this server.',
  },
  backup_not_stored: {
    title: 'A backup that did not arrive in the vault',
    sentence: (f) =>
      `A run says that it added ${size(f, 'bytes')} to “${text(f, 'repository')}”; the vault counts no more than before.`,
    todo: 'Do not count on this backup. Look into the repository with plain restic, and treat the server as untrustworthy until you know why.',
  },
  repository_unchecked: {
    isByClock: true,
    title: 'A repository has not been read back for long',
    sentence: (f) =>
      `Nobody has restored from “${text(f, 'repository')}”, or read all of it, for ${duration(f, 'ageMs')}.`,
    todo: 'Switch restore drills or reading back on in its plan.',
  },

  // ── Vaults and the room in them ──
  vault_unreachable: {
    isByClock: true,
    title: 'A vault does not answer',
    sentence: (f) => `“${text(f, 'vault')}” has not answered for ${duration(f, 'awayMs')}: ${why(f)}.`,
    todo: 'See whether its machine is on and its service runs. Servers cannot back up to it meanwhile.',
  },
  vault_damaged: {
    title: 'A vault holds damaged objects',
    sentence: (f) =>
      `The last reading of “${text(f, 'vault')}” found ${counted(f, 'objects', 'object')} that ${Number(f.objects) === 1 ? 'is' : 'are'} not what was stored.`,
    todo: 'Its disk is failing: copy its data elsewhere first. Then heal it from the second vault.',
  },
  vault_unverified: {
    isByClock: true,
    title: 'A vault has not been read again for long',
    sentence: (f) =>
      Number(f.times) === 0
        ? `“${text(f, 'vault')}” has been here for ${duration(f, 'ageMs')}, and was never read in full.`
        : `“${text(f, 'vault')}” was read in full ${duration(f, 'ageMs')} ago for the last time.`,
    todo: 'Run "holdfast-vault verify" there from a timer, once a month.',
  },
  vault_leave_ending: {
    isByClock: true,
    title: 'Its leave to use a vault ends',
    sentence: (f) =>
      Number(f.leftMs) > 0
        ? `It has not connected for ${duration(f, 'awayMs')}. In ${duration(f, 'leftMs')} the vault will not take its backups any more.`
        : `It has not connected for ${duration(f, 'awayMs')}: the vault does not take its backups any more.`,
    todo: 'Let it connect to this portal: its leave is renewed at once. "holdfast-agent doctor" there says what is in the way.',
  },
  quota_nearly_full: {
    title: 'The room in the vault is nearly used up',
    sentence: (f) =>
      `${size(f, 'usedBytes')} of ${size(f, 'quotaBytes')} are used (${percent(f, 'share')}), trash included.`,
    todo: 'Give this customer more room, or let plans keep fewer snapshots.',
  },
  quota_full: {
    title: 'The room in the vault is used up',
    sentence: (f) =>
      `${size(f, 'usedBytes')} of ${size(f, 'quotaBytes')} are used, trash included: backups to the vault fail.`,
    todo: 'Give this customer more room. What plans remove comes free only when its time in the trash is over.',
  },

  // ── Restore drills ──
  drill_failed: {
    title: 'A restore drill failed',
    sentence: (f) =>
      f.reason
        ? `Nothing of ${plan(f)} could be restored to compare it (${why(f)}).`
        : `${count(f, 'wrong')} of ${counted(f, 'files', 'file')} of ${plan(f)} did not come back as they were${f.path ? `, such as ${text(f, 'path')}` : ''}.`,
    todo: (f) =>
      f.reason
        ? `Nothing is known about the data itself. ${refusalTodo(text(f, 'reason'))} “Drill now” on the Drills page of the server tries again.`
        : 'The snapshots of this repository cannot be trusted. Run "restic check --read-data" on it, and back up into a new repository meanwhile.',
  },
  drill_unproven: {
    title: 'A restore drill proves nothing',
    sentence: (f) => `The last drill of ${plan(f)} is said to have passed, but ${text(f, 'how')}.`,
    todo: 'Treat the server as untrustworthy until you know why: look who is on it, and restore something by hand. If its agent was installed anew, say so on its Drills page.',
  },
  drill_impossible: {
    title: 'A backup that no drill can try',
    sentence: (f) =>
      `After the last backup of ${plan(f)} nothing was hashed at its source${f.reason ? ` (${why(f)})` : ''}: no drill can prove that it comes back.`,
    todo: 'The run in the server’s history says why. A plan without files that stay as they are, such as databases alone or disk images, cannot be drilled: restore something of it by hand, and switch its drills off.',
  },
  drill_overdue: {
    isByClock: true,
    title: 'Restoring has not been tried for long',
    sentence: (f) =>
      `${plan(f)} should be tried every ${counted(f, 'everyDays', 'day')}, and has not been for ${duration(f, 'ageMs')}.`,
    todo: 'See what the log of the server says of its drills, and whether its agent may start runs.',
  },
} as const satisfies Record<string, Entry>

export type ConditionCode = keyof typeof CONDITIONS

export const isConditionCode = (code: string): code is ConditionCode => Object.hasOwn(CONDITIONS, code)
const entry = (code: ConditionCode): Entry => CONDITIONS[code]
export const isByClock = (code: ConditionCode): boolean => entry(code).isByClock === true

/** The words for a row. It may be older or newer than this portal: then the code itself must do. */
export function inWords(code: string, facts: unknown): { title: string; sentence: string; todo: string } {
  if (!isConditionCode(code)) return { title: code, sentence: '', todo: '' }
  const { title, sentence, todo } = entry(code)
  const known = typeof facts === 'object' && facts !== null ? { ...facts } : {}
  return { title, sentence: sentence(known), todo: typeof todo === 'string' ? todo : todo(known) }
}
