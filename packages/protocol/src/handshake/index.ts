/**
 * How an agent and a portal come to trust a link. The agent is always the prover, whoever dialled.
 *
 *   agent                                                        portal
 *     │ hello      name, instance, session, OPAQUE request ───────► │  looks the name up; unknown names go on all the same
 *     │ ◄─────── challenge   OPAQUE response                        │
 *     │ proof      OPAQUE finish, certificate seen, exporter ─────► │  checks password, transcript, channel; then its rules
 *     │ ◄─────── welcome     own certificate, exporter              │
 *     │  checks portal, transcript, channel                         │
 *
 * Attacks that this defeats: a stolen portal database (OPAQUE record, no password); guessing names (same answer, same
 * time); replay (nonces in the transcript); reflection (a label for each speaker); a box that ends TLS in between (both
 * ends name the certificate and the exporter under a key that the box never learns); downgrade (versions and
 * capabilities are in the transcript).
 */
export * from './channel.ts'
export * from './messages.ts'
export * from './prover.ts'
export * from './seal.ts'
export * from './verifier.ts'
