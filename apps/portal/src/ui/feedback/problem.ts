/**
 * A failure as a person meets it. The entries of packages/protocol/src/refusals.ts have this form, so the
 * console, the agent's command line and the log all speak the same sentences.
 */
export type Problem = {
  /** Never changes, can be searched for, and is what one reads out on the telephone. */
  code: string
  title: string
  /** What it means. */
  meaning: string
  /** What to do about it. */
  todo: string
}
