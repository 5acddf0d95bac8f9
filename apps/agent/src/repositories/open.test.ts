/** What opens a storage stands where nobody looks: not on a command line, not in the state file, not in what is said. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { RepositoryCredentials, RepositoryPlace } from '@holdfast/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withoutSecrets } from '../engine/repository.ts'
import { openRepository } from './open.ts'
import { Home } from './testing/home.ts'

const SECRET = 'a secret: with % and /, "quoted"'
const CASES: readonly [RepositoryPlace, RepositoryCredentials][] = [
  [
    {
      ...{ kind: 's3', endpoint: 'https://s3.example.com', bucket: 'acme', prefix: 'fs1', region: 'eu-1' },
      certificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    },
    { kind: 's3', accessKeyId: 'AKIA', secretAccessKey: SECRET },
  ],
  [
    { kind: 'ftp', host: 'ftp.example.com', port: 21, user: 'acme', path: 'b', encryption: 'explicit' },
    { kind: 'ftp', password: SECRET },
  ],
  [
    { kind: 'rest', address: 'https://backup.example.com/fs1' },
    { kind: 'rest', user: 'acme', password: SECRET },
  ],
]

let home: Home
beforeEach(() => {
  home = new Home()
})
afterEach(() => home[Symbol.asyncDispose]())

test.each(CASES)('$kind', async (place, credentials) => {
  const repository = await home.prepare(place, credentials)
  const opened = await openRepository(repository, home.state)
  const environment = Object.values(opened.environment ?? {})
  const forms = [SECRET, encodeURIComponent(SECRET), ...(opened.secrets ?? [])].filter((form) => form !== '')
  const holdsIt = (text: string) => forms.some((form) => text.includes(form))

  // It does reach restic, or all of this would show nothing.
  expect([...environment, opened.location].some(holdsIt)).toBe(true)
  expect((opened.options ?? []).some(holdsIt)).toBe(false)
  const said = `Fatal: ${opened.location} ${environment.join(' ')} ${SECRET}`
  expect(holdsIt(withoutSecrets(said, opened))).toBe(false)

  const folder = home.state.folder
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name)
    if (!statSync(file).isFile()) continue
    expect(holdsIt(readFileSync(file, 'latin1')), name).toBe(false)
    // For nobody else's eyes, as what restic is told to trust.
    if (name.endsWith('.pem')) expect(statSync(file).mode & 0o077).toBe(0)
  }
})
