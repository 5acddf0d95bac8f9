/** What this portal knows of itself, for its doctor: what it listens on, with which certificates, since when. */
import type { CertificateFacts } from '@holdfast/protocol/handshake'
import type { Gateway } from '#gateway/gateway.ts'
import { readCertificate } from '#keys/gateway-certificate.ts'
import manifest from '../../package.json' with { type: 'json' }
import type { PortalSelf } from '../runtime.ts'
import type { Settings } from '../settings.ts'
import { hostAndPort } from './addresses.ts'

/** `settings` as they are in force, the ports among them. */
export async function describeSelf(
  settings: Settings,
  gateway: Gateway,
  facts: {
    readonly certificate: CertificateFacts
    readonly isConsoleListening: () => boolean
  },
): Promise<PortalSelf> {
  const { tls } = settings.console
  const consoleCertificate = tls === null ? null : (await readCertificate(tls)).facts
  return {
    version: manifest.version,
    startedAt: new Date(),
    listeners: () => [
      {
        what: 'console',
        address: hostAndPort(settings.console.host, settings.console.port),
        isListening: facts.isConsoleListening(),
      },
      ...settings.gateway.places.map(({ host, port }) => ({
        what: 'gateway' as const,
        address: hostAndPort(host, port),
        isListening: gateway.isListening,
      })),
    ],
    certificates: [
      { what: 'gateway', ...facts.certificate },
      ...(consoleCertificate === null ? [] : [{ what: 'console' as const, ...consoleCertificate }]),
    ],
    linkCount: () => gateway.linkCount,
    knocks: gateway.knocks,
  }
}
