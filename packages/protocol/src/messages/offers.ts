/**
 * What a server lets plans name: databases, commands and hooks from a list that only a person at the server writes. A
 * portal learns the names and nothing else; what a name stands for, and by which password, stays at the site.
 */
import { z } from 'zod'
import { LIMITS } from '../limits.ts'

export const OFFER_KINDS = ['database', 'command', 'hook'] as const
export type OfferKind = (typeof OFFER_KINDS)[number]

/** It becomes the name of a file or folder in snapshots. */
export const offerName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)

export const DATABASE_KINDS = ['postgresql', 'mysql', 'sqlite'] as const
export type DatabaseKind = (typeof DATABASE_KINDS)[number]

export const offers = z.object({
  /** A newer agent may know other kinds. */
  databases: z.array(z.object({ name: offerName, kind: z.string().max(32) })).max(LIMITS.offersMax),
  commands: z.array(offerName).max(LIMITS.offersMax),
  hooks: z.array(offerName).max(LIMITS.offersMax),
})
export type Offers = z.output<typeof offers>
