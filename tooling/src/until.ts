import { setTimeout as after } from 'node:timers/promises'

const EVERY_MS = 50

/**
 * Waits for a state, never for a time: looks again and again until `look` gives something, and gives that.
 * @throws Error after `withinMs`, naming what was waited for and what was seen last.
 */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | null | undefined | false>,
  { withinMs = 30_000, seen = async () => '' as unknown } = {},
): Promise<Seen> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    if (Date.now() > deadline) {
      throw new Error(`Not within ${withinMs / 1_000} s: ${what}. Last seen: ${JSON.stringify(await seen())}`)
    }
    await after(EVERY_MS)
  }
}
