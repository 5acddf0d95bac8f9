import { z } from 'zod'
import { capabilities } from '../capabilities.ts'
import { sha256Hex } from '../join-token.ts'
import { machine, refusalCode } from '../messages/index.ts'

/**
 * The four messages of the handshake, and the refusal that may take the place of the last two. Each travels as one JSON
 * text, and the transcript hashes exactly the characters that were sent, so no two ends can differ about an encoding.
 */
const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/)
const nonce = base64url.length(43)
const clock = z.number().int().min(0).max(8_640_000_000_000_000)
const hmac = sha256Hex

/**
 * portal -> agent, 0, and only where the portal has dialled: an agent may serve several portals, and has to know by which
 * name this one knows it. Nothing is proven by it, and a name that the agent does not have gets the same answers.
 */
export const callingFor = z.object({ type: z.literal('callingFor'), name: z.string().max(127) })
export type CallingFor = z.output<typeof callingFor>

/** agent -> portal, 1. Nothing in it is proven yet. */
export const hello = z.object({
  type: z.literal('hello'),
  protocol: z.number().int().min(0).max(1_000_000),
  capabilities,
  /** `customer/server`, as typed at the site; parsed by the portal, because a bad one must be refused, not ignored. */
  name: z.string().max(127),
  /** The installation: made once with the agent's state file. */
  instance: z.uuid(),
  /** Grows by one with each dial of this installation; fences zombies. */
  session: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  nonce,
  clock,
  loginRequest: base64url.max(400),
})
export type Hello = z.output<typeof hello>

/** portal -> agent, 2. The same length and time whether or not the name is known. */
export const challenge = z.object({
  type: z.literal('challenge'),
  protocol: z.number().int().min(0).max(1_000_000),
  capabilities,
  nonce,
  clock,
  loginResponse: base64url.max(1_200),
})
export type Challenge = z.output<typeof challenge>

/** The certificate of the end that listens, as the end that speaks knows it. */
export const certificateFacts = z.object({
  sha256: sha256Hex,
  issuer: z.string().max(500),
  subject: z.string().max(500),
  validTo: z.string().max(100),
})
export type CertificateFacts = z.output<typeof certificateFacts>

/** agent -> portal, 3: `sealed` is a JSON text of `proofBody`, `mac` covers it and all that came before. */
export const proof = z.object({ type: z.literal('proof'), sealed: z.string().max(12_000), mac: hmac })
export const proofBody = z.object({
  finishLogin: base64url.max(400),
  certificate: certificateFacts,
  /** HMAC of the TLS exporter; null where this end cannot see the TLS session. */
  exporter: hmac.nullable(),
  machine,
  /** What the portal's wanted state is compared with. */
  journalId: z.uuid(),
})
export type ProofBody = z.output<typeof proofBody>

/** portal -> agent, 4. */
export const welcome = z.object({ type: z.literal('welcome'), sealed: z.string().max(4_000), mac: hmac })
export const welcomeBody = z.object({
  certificateSha256: sha256Hex,
  exporter: hmac.nullable(),
  portalName: z.string().max(200),
  /** How far this journal's reports are applied already. */
  appliedThrough: z.number().int().min(0),
})
export type WelcomeBody = z.output<typeof welcomeBody>

/** Either way, instead of the next message. `mac` is there only once the login has succeeded. */
export const refused = z.object({
  type: z.literal('refused'),
  sealed: z.string().max(4_000),
  mac: hmac.nullable(),
})
export const refusedBody = z.object({
  code: refusalCode,
  detail: z.string().max(2_000).optional(),
  retryAfterMs: z.number().int().min(0).max(86_400_000).optional(),
})

export const handshakeMessage = z.discriminatedUnion('type', [
  callingFor,
  hello,
  challenge,
  proof,
  welcome,
  refused,
])
export type HandshakeMessage = z.output<typeof handshakeMessage>
