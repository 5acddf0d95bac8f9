/** Bounds that both ends enforce. Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  /** One message after the handshake, on the wire. */
  messageBytesMax: 1024 * 1024,
  /** One message of the handshake. The largest real one is below 4 KiB. */
  handshakeBytesMax: 16 * 1024,
  /** From the first byte until the link is proven. */
  handshakeMsMax: 15_000,
  /** Socket.io ping, and how long its answer may take: together just below the 25 s in which a silent link is shown. */
  pingIntervalMs: 15_000,
  pingTimeoutMs: 9_500,
  /** Clocks that differ by more are told to people. */
  clockSkewMs: 5 * 60_000,
  reportsPerBatchMax: 200,
  browseEntriesMax: 1_000,
  /** Of what a program of the site said last. */
  outputCharsMax: 500,
  /** Of each kind. All of them travel in the proof of a handshake. */
  offersMax: 32,
  hooksMax: 20,
  excludesMax: 500,
  excludeCharsMax: 1_024,
  olderThanDaysMax: 36_500,
} as const
