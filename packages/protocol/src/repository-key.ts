/**
 * What opens a repository, as one text: this is what an agent seals to the customer's recovery key (sealing.ts), and what
 * a person sees who opens it years later with nothing but `age`. So it is made of lines that explain themselves, and
 * is read by a program as well, when a browser seals it anew for another agent.
 *
 *   password: …                 restic's password
 *   location: …                 as restic takes it after -r
 *   environment: NAME=value     one line each, for restic's environment
 *   credentials: {…}            what the agent keeps to reach the place, as JSON
 *   repository: …               its id
 *   name: …                     as people call it
 *   server: …                   which server it belongs to
 *
 * Who seals need not be whom one believes him to be: a public key is public. So nobody is ever told to run this text.
 * What somebody else chose (names, places) stands after what opens it, and the first line of a kind is the one that counts.
 */
import { z } from 'zod'

const line = z.string().max(8_192)
/** They name their place, which may bring a certificate. */
const CREDENTIALS_CHARS_MAX = 32_768

export const repositoryKey = z.object({
  password: line.min(1),
  location: line.min(1),
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/), line),
  /** `credentialsText` (repository-credentials.ts); null where the place needs none. */
  credentials: z.string().max(CREDENTIALS_CHARS_MAX).nullable(),
  repositoryId: z.uuid(),
  name: line,
  server: line,
})
export type RepositoryKey = z.output<typeof repositoryKey>

export function repositoryKeyText(key: RepositoryKey): string {
  const { password, location, environment, credentials, repositoryId, name, server } =
    repositoryKey.parse(key)
  const lines: [string, string][] = [
    ['password', password],
    ['location', location],
    ...Object.entries(environment).map(([each, value]): [string, string] => [
      'environment',
      `${each}=${value}`,
    ]),
    ...(credentials === null ? [] : ([['credentials', credentials]] satisfies [string, string][])),
    ['repository', repositoryId],
    ['name', name],
    ['server', server],
  ]
  return `Holdfast repository key\n${lines.map(([kind, value]) => `${kind}: ${inOneLine(value)}\n`).join('')}`
}

/** Null when it is something else. */
export function readRepositoryKey(text: string): RepositoryKey | null {
  const lines = text.split('\n').map((each) => /^([a-z]+): (.*)$/.exec(each) ?? [])
  const all = (wanted: string) => lines.flatMap(([, kind, value]) => (kind === wanted ? [value ?? ''] : []))
  const variables = all('environment').map((each) => {
    const end = each.indexOf('=')
    return [each.slice(0, end), each.slice(end + 1)]
  })
  const { data } = repositoryKey.safeParse({
    password: all('password')[0],
    location: all('location')[0],
    environment: Object.fromEntries(variables),
    credentials: all('credentials')[0] ?? null,
    repositoryId: all('repository')[0],
    name: all('name')[0],
    server: all('server')[0],
  })
  return data ?? null
}

/** A line that somebody breaks in two could say something else. */
function inOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '\uFFFD')
}
