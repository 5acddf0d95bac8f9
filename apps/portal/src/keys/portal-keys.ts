/**
 * What only this portal knows. Made at its first start, never shown, never logged.
 *
 * The OPAQUE set-up is the one that hurts: without it every registered password is void, and a fresh one would say so
 * to nobody; each agent would just hear "name or password is wrong". So a missing set-up is replaced only as long as
 * no server is registered (`settleOpaqueSetup`), which can be asked only once the database is open.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import * as opaque from '@serenity-kit/opaque'
import { StartRefused } from '#start/refusals.ts'
import { KeyFolder } from './key-folder.ts'

const OPAQUE_SETUP = 'opaque-server-setup'

export type PortalKeys = {
  readonly folder: KeyFolder
  readonly databasePassword: string
}

/** @throws StartRefused `key_unusable` */
export async function openKeys(dataFolder: string): Promise<PortalKeys> {
  const folder = await KeyFolder.open(join(dataFolder, 'keys'))
  return {
    folder,
    databasePassword: await keep(folder, 'database-password'),
  }
}

/**
 * The OPAQUE set-up: the one there is, or a new one while nothing depends on it yet.
 * @throws StartRefused `opaque_setup_lost`, `key_unusable`
 */
export async function settleOpaqueSetup(
  { folder }: PortalKeys,
  serversAreRegistered: () => Promise<boolean>,
): Promise<string> {
  await opaque.ready
  const file = join(folder.path, OPAQUE_SETUP)
  const kept = await folder.read(OPAQUE_SETUP)
  if (kept === null && (await serversAreRegistered())) throw new StartRefused('opaque_setup_lost', file)
  const setup = (kept ?? (await folder.create(OPAQUE_SETUP, `${opaque.server.createSetup()}\n`))).trim()
  try {
    opaque.server.getPublicKey(setup)
  } catch (cause) {
    throw new StartRefused('key_unusable', file, cause)
  }
  return setup
}

async function keep(folder: KeyFolder, name: string): Promise<string> {
  const text =
    (await folder.read(name)) ?? (await folder.create(name, `${randomBytes(32).toString('hex')}\n`))
  return text.trim()
}
