/** What a portal would know of itself. Only its door is real. */
import { Knocks } from '#gateway/knocks.ts'
import type { PortalSelf } from '#runtime.ts'

export function portalSelf(knocks = new Knocks()): PortalSelf {
  return {
    version: '0.1.0',
    startedAt: new Date('2026-02-01T10:00:00Z'),
    listeners: () => [
      { what: 'console', address: '127.0.0.1:3000', isListening: true },
      { what: 'gateway', address: '0.0.0.0:16888', isListening: true },
    ],
    certificates: [
      {
        what: 'gateway',
        sha256: 'ab'.repeat(32),
        issuer: 'CN=Holdfast gateway',
        subject: 'CN=Holdfast gateway',
        validTo: 'Jan  1 00:00:00 2046 GMT',
      },
    ],
    linkCount: () => 3,
    knocks,
  }
}
