import { setTimeout as after } from 'node:timers/promises'

const EVERY_MS = 50
const EVERY_MS_MAX = 500

/**
 * Waits for a state, never for a time: looks again and again until `look` gives something, and gives that.
 * @param eased looks less often the longer it lasts, for looks that cost a process each: waiting is no work
 * @throws Error after `withinMs`, naming what was waited for and what was seen last.
 */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | null | undefined | false>,
  { withinMs = 30_000, seen = async () => '' as unknown, eased = false } = {},
): Promise<Seen> {
  const begunAt = Date.now()
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    const waitedMs = Date.now() - begunAt
    if (waitedMs > withinMs) {
      throw new Error(`Not within ${withinMs / 1_000} s: ${what}. Last seen: ${JSON.stringify(await seen())}`)
    }
    await after(eased ? Math.min(Math.max(EVERY_MS, waitedMs / 10), EVERY_MS_MAX) : EVERY_MS)
  }
}
