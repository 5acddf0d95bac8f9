/** What many messages are made of. Texts are bounded, because each end treats the other as hostile. */
import { z } from 'zod'
import { isRefusalCode, type RefusalCode } from '../refusals.ts'

export const id = z.uuid()
export const at = z.iso.datetime()
export const path = z.string().min(1).max(4_096)
export const detail = z.string().max(2_000)
export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** A code from the closed list. A newer peer may know codes that we do not: those are read as `malformed_message`. */
export const refusalCode = z
  .string()
  .max(64)
  .transform((text): RefusalCode => (isRefusalCode(text) ? text : 'malformed_message'))
