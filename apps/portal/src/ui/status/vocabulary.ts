/**
 * The words, shapes and colours in which the console speaks of state: the whole vocabulary, as data.
 *
 * A state is told three times, by shape, by word and by colour, so that it survives a colour-blind eye, a
 * grey printout and a glance. Shapes carry the meaning: a *disc* is settled and well, a *ring* is neutral or
 * on its way, a *triangle* wants a look, an *octagon* wants a hand, a *dashed ring* has not happened yet.
 *
 * A new state is one more line here. The types make every place that shows it know it.
 */

/** Colour tokens of globals.css (`text-good`, `text-bad`, ...). */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'away' | 'none'

/** Drawn in glyph.tsx. */
export type Shape =
  | 'disc-check'
  | 'ring-check'
  | 'ring-turning'
  | 'ring-dashed'
  | 'ring-slashed'
  | 'ring-dot'
  | 'ring-question'
  | 'ring-clock'
  | 'ring-arrow'
  | 'square-hollow'
  | 'triangle-alert'
  | 'octagon-cross'
  | 'disc-bar'

export type StatusEntry = {
  shape: Shape
  tone: Tone
  /** What stands beside the shape: sentence case, one or two words. */
  word: string
  /** The plain half, for the tooltip and for newcomers. */
  meaning: string
}

const entries = {
  /** Of a server, and rolled up of a site, a customer, everything. Worst first: roll-up.ts relies on it. */
  health: {
    failing: {
      shape: 'octagon-cross',
      tone: 'bad',
      word: 'Failing',
      meaning: 'The last backup failed. Nothing newer than the one before is safe.',
    },
    warning: {
      shape: 'triangle-alert',
      tone: 'warn',
      word: 'Warning',
      meaning: 'The last backup was made, but something in it or about it needs a look.',
    },
    offline: {
      shape: 'ring-slashed',
      tone: 'away',
      word: 'Offline',
      meaning: 'The server is not connected. Its backups go on by their own schedule; reports follow later.',
    },
    never_ran: {
      shape: 'ring-dashed',
      tone: 'none',
      word: 'Never ran',
      meaning: 'No backup of this server has been made yet.',
    },
    running: {
      shape: 'ring-turning',
      tone: 'busy',
      word: 'Running',
      meaning: 'A backup is being made right now.',
    },
    protected: {
      shape: 'disc-check',
      tone: 'good',
      word: 'Protected',
      meaning: 'The last backup succeeded.',
    },
  },

  run: {
    running: { shape: 'ring-turning', tone: 'busy', word: 'Running', meaning: 'In progress.' },
    succeeded: {
      shape: 'disc-check',
      tone: 'good',
      word: 'Succeeded',
      meaning: 'A complete snapshot was made.',
    },
    warning: {
      shape: 'triangle-alert',
      tone: 'warn',
      word: 'With warnings',
      meaning: 'A snapshot was made, but some files could not be read.',
    },
    failed: { shape: 'octagon-cross', tone: 'bad', word: 'Failed', meaning: 'No snapshot was made.' },
    cancelled: {
      shape: 'square-hollow',
      tone: 'away',
      word: 'Cancelled',
      meaning: 'Somebody stopped it. No snapshot was made.',
    },
    unknown: {
      shape: 'ring-question',
      tone: 'warn',
      word: 'Unknown',
      meaning: 'The agent or its machine stopped in the middle. Check whether a snapshot exists.',
    },
  },

  command: {
    queued: {
      shape: 'ring-clock',
      tone: 'none',
      word: 'Waiting',
      meaning: 'Kept here until the server connects.',
    },
    delivered: { shape: 'ring-arrow', tone: 'none', word: 'Sent', meaning: 'The server has been told.' },
    accepted: {
      shape: 'ring-check',
      tone: 'busy',
      word: 'Accepted',
      meaning: 'The server has written it down and will carry it out.',
    },
    running: {
      shape: 'ring-turning',
      tone: 'busy',
      word: 'Running',
      meaning: 'The server is at work on it.',
    },
    succeeded: { shape: 'disc-check', tone: 'good', word: 'Done', meaning: 'Carried out.' },
    failed: { shape: 'octagon-cross', tone: 'bad', word: 'Failed', meaning: 'Tried, without success.' },
    refused: {
      shape: 'disc-bar',
      tone: 'bad',
      word: 'Refused',
      meaning: 'The server does not allow this portal to do it.',
    },
    expired: {
      shape: 'square-hollow',
      tone: 'away',
      word: 'Expired',
      meaning: 'Its time ran out before the server could take it. It will not be carried out.',
    },
    unknown: {
      shape: 'ring-question',
      tone: 'warn',
      word: 'Unknown',
      meaning: 'Cut in the middle. It is not repeated by itself: look at the result first.',
    },
  },

  /** As packages/protocol/src/link-state.ts draws it. */
  link: {
    offline: { shape: 'ring-slashed', tone: 'away', word: 'Offline', meaning: 'Not connected.' },
    dialing: { shape: 'ring-turning', tone: 'busy', word: 'Connecting', meaning: 'Reaching the other end.' },
    greeting: {
      shape: 'ring-turning',
      tone: 'busy',
      word: 'Connecting',
      meaning: 'The two ends compare names.',
    },
    proving: {
      shape: 'ring-turning',
      tone: 'busy',
      word: 'Proving',
      meaning: 'The password is being proven.',
    },
    online: { shape: 'ring-dot', tone: 'good', word: 'Online', meaning: 'Connected and proven.' },
    draining: {
      shape: 'ring-arrow',
      tone: 'none',
      word: 'Leaving',
      meaning: 'Closing in good order. It comes back by itself.',
    },
  },

  /** Which recovery kit opens a repository. */
  seal: {
    newest: {
      shape: 'disc-check',
      tone: 'good',
      word: 'This kit',
      meaning: 'The present recovery kit opens it.',
    },
    waits_for_site: {
      shape: 'triangle-alert',
      tone: 'warn',
      word: 'Earlier kit, site must accept',
      meaning: 'The server holds an earlier kit, and takes this one only from a person at the site.',
    },
    older: {
      shape: 'ring-clock',
      tone: 'warn',
      word: 'Earlier kit',
      meaning: 'The server seals it to this kit as soon as it is connected.',
    },
    not_yet: {
      shape: 'ring-dashed',
      tone: 'none',
      word: 'No kit yet',
      meaning: 'The server seals it as soon as it is connected and there is a kit.',
    },
  },

  /** Of a restore drill. */
  drill: {
    passed: {
      shape: 'disc-check',
      tone: 'good',
      word: 'Passed',
      meaning: 'Every file came back as it was, and the proof holds.',
    },
    doubtful: {
      shape: 'ring-question',
      tone: 'warn',
      word: 'No proof',
      meaning: 'It is said to have passed, and its proof does not hold.',
    },
    failed: {
      shape: 'octagon-cross',
      tone: 'bad',
      word: 'Failed',
      meaning: 'Some files did not come back as they were.',
    },
  },

  /** How bad a condition is. */
  condition: {
    critical: {
      shape: 'octagon-cross',
      tone: 'bad',
      word: 'Critical',
      meaning: 'What is wanted back may not be there.',
    },
    warning: {
      shape: 'triangle-alert',
      tone: 'warn',
      word: 'Warning',
      meaning: 'If nobody does anything, what is wanted back may not be there one day.',
    },
    notice: { shape: 'ring-dot', tone: 'none', word: 'Notice', meaning: 'Worth knowing, and nothing more.' },
  },

  repository: {
    creating: {
      shape: 'ring-turning',
      tone: 'busy',
      word: 'Being made',
      meaning: 'The server is making it.',
    },
    ready: { shape: 'disc-check', tone: 'good', word: 'Ready', meaning: 'Backups can go there.' },
    failed: { shape: 'octagon-cross', tone: 'bad', word: 'Failed', meaning: 'It could not be made.' },
  },
} satisfies Record<string, Record<string, StatusEntry>>

type Entries = typeof entries
export type StatusKind = keyof Entries
export type StatusOf<Kind extends StatusKind> = keyof Entries[Kind] & string

/** The whole vocabulary: `vocabulary.run.failed.word`. */
export const vocabulary: { readonly [Kind in StatusKind]: Readonly<Record<StatusOf<Kind>, StatusEntry>> } =
  entries

export type Health = StatusOf<'health'>
export type RunState = StatusOf<'run'>
export type CommandState = StatusOf<'command'>
export type LinkState = StatusOf<'link'>
