/**
 * What opens the place of a repository, where a key file of the server or a site's own configuration does not do it.
 *
 * They are for the agent alone. Whoever enters them (a person at the site, or a browser) seals them to the agent's public
 * key together with the place they are for, and the agent uses them for no other place: a portal that somebody has taken
 * over can pass on what it cannot read, but not have it shown to a server of its own.
 */
import { z } from 'zod'
import { type PlaceKind, type RepositoryPlace, repositoryPlace } from './repository-place.ts'

const secret = z
  .string()
  .min(1)
  .max(1_024)
  .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed())

export const repositoryCredentials = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('s3'), accessKeyId: secret, secretAccessKey: secret }),
  z.object({ kind: z.literal('ftp'), password: secret }),
  z.object({ kind: z.literal('rest'), user: secret, password: secret }),
])
export type RepositoryCredentials = z.output<typeof repositoryCredentials>

/** Kinds that are opened by credentials. A REST server may do without. */
export function takesCredentials(kind: PlaceKind): kind is RepositoryCredentials['kind'] {
  return kind === 's3' || kind === 'ftp' || kind === 'rest'
}

const envelope = z.object({ place: repositoryPlace, credentials: repositoryCredentials })

/** The text to seal. */
export function credentialsText(place: RepositoryPlace, credentials: RepositoryCredentials): string {
  return JSON.stringify(envelope.parse({ place, credentials }))
}

/** What was sealed, if it is for this very place; null otherwise. */
export function credentialsFor(place: RepositoryPlace, text: string): RepositoryCredentials | null {
  const { data } = envelope.safeParse(parse(text))
  if (data === undefined || data.credentials.kind !== place.kind) return null
  return isSamePlace(data.place, place) ? data.credentials : null
}

/** Every field counts: the same address with another certificate may be another machine. */
export function isSamePlace(one: RepositoryPlace, other: RepositoryPlace): boolean {
  const text = (place: RepositoryPlace) =>
    JSON.stringify(Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1)))
  return text(one) === text(other)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
