import { namePart } from '@holdfast/protocol'
import { z } from 'zod'
import { id } from '#trpc/inputs.ts'
import { dialAddress } from './dial-address.ts'

/** OPAQUE messages as the browser makes them: base64url of 32 and 192 bytes (ristretto255, SHA-512). */
const registrationRequest = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const registrationRecord = z.string().regex(/^[A-Za-z0-9_-]{256}$/)

export const getInput = z.object({ serverId: id })
export const beginRegistrationInput = z.object({ siteId: id, name: namePart, registrationRequest })
export const registerInput = z.object({
  serverId: id,
  siteId: id,
  name: namePart,
  registrationRecord,
  dialAddress: dialAddress.nullable().default(null),
})
export const beginPasswordChangeInput = z.object({ serverId: id, registrationRequest })
export const changePasswordInput = z.object({ serverId: id, registrationRecord })
/** `confirmation` is the server's full name, `customer/server`, as the person typed it. */
export const removeInput = z.object({ serverId: id, confirmation: z.string().trim().max(200) })
/** Null: its agent dials the portal. */
export const setDialAddressInput = z.object({ serverId: id, dialAddress: dialAddress.nullable() })
export const joinFactsInput = z.object({ serverId: id })
