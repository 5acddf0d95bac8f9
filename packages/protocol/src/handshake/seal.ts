import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import type { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { type HandshakeMessage, handshakeMessage } from './messages.ts'

/**
 * What both ends compute alike: how a message is read, what the transcript is, and which keys follow from a login.
 *
 *   transcript = SHA-256( "holdfast/1" , hello , challenge )       each part preceded by its length, 8 bytes big-endian
 *   key(label) = HKDF-SHA256( OPAQUE session key , salt = transcript , info = "holdfast/1 " + label )
 *   mac(label, text)      = HMAC-SHA256( key(label) , text )
 *   exporter(label, raw)  = HMAC-SHA256( key(label + " exporter") , TLS exporter )        RFC 5705, RFC 8446 7.5
 *
 * Labels are "agent" and "portal": a message reflected back at its sender never verifies.
 */
export type SpeakerLabel = 'agent' | 'portal'

/**
 * Label and length (bytes) of the TLS exporter that both ends ask their TLS library for. The context is empty, not
 * absent: TLS 1.2 tells the two apart.
 */
export const TLS_EXPORTER = { label: 'EXPORTER-holdfast-link', length: 32, context: Buffer.alloc(0) } as const

export class SessionKeys {
  readonly #sessionKey: KeyObject
  readonly #transcript: Buffer

  /** `sessionKey` is base64url, as OPAQUE gives it. */
  constructor(sessionKey: string, helloText: string, challengeText: string) {
    this.#sessionKey = secretKey(Buffer.from(sessionKey, 'base64url'))
    this.#transcript = digest(['holdfast/1', helloText, challengeText])
  }

  mac(speaker: SpeakerLabel, text: string): string {
    return createHmac('sha256', this.#key(speaker)).update(text).digest('hex')
  }

  exporterMac(speaker: SpeakerLabel, exporter: Buffer): string {
    return createHmac('sha256', this.#key(`${speaker} exporter`))
      .update(exporter)
      .digest('hex')
  }

  #key(label: string): KeyObject {
    return secretKey(hkdfSync('sha256', this.#sessionKey, this.#transcript, `holdfast/1 ${label}`, 32))
  }
}

/** Given the bytes themselves, Node 24 takes six times as long to begin a MAC, which a portal does for each login. */
function secretKey(bytes: ArrayBuffer | Buffer): KeyObject {
  return createSecretKey(new Uint8Array(bytes))
}

function digest(parts: readonly string[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8')
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(bytes.length))
    hash.update(length).update(bytes)
  }
  return hash.digest()
}

export function sameMac(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, 'hex'), Buffer.from(right, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}

export type ReadResult =
  | { ok: true; message: HandshakeMessage }
  | { ok: false; code: 'malformed_message' | 'message_too_large' }

/** Reads whatever arrived on the handshake event. It may be anything at all. */
export function readHandshake(received: unknown): ReadResult {
  if (typeof received !== 'string') return { ok: false, code: 'malformed_message' }
  if (received.length > LIMITS.handshakeBytesMax) return { ok: false, code: 'message_too_large' }
  const parsed = handshakeMessage.safeParse(parseJson(received))
  return parsed.success ? { ok: true, message: parsed.data } : { ok: false, code: 'malformed_message' }
}

/** Reads a sealed JSON text by its schema; null when it is something else. */
export function readSealed<T extends z.ZodType>(schema: T, sealed: string): z.output<T> | null {
  const parsed = schema.safeParse(parseJson(sealed))
  return parsed.success ? parsed.data : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
