/** Agents dial again after a minute at the latest. Whatever follows from that, a journey waits for. */
export const WITHIN_MS = 90_000
