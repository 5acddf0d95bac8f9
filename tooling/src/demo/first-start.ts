/**
 * Fills a new portal, by the same ways as a person at its console and one at each server would: nothing is written into
 * a database behind its back, and the portal never learns a management password.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  createRepository,
  PortalClient,
  registerServer,
  savePlan,
  startRun,
  untilOnline,
  untilRunEnded,
} from '../portal-client/index.ts'
import type { Cast } from './cast.ts'
import { fillFolder } from './company-files.ts'
import type { Notebook } from './notebook.ts'
import { COMPANY, CUSTOMERS } from './scene.ts'

export async function fillPortal(
  console: string,
  { email, password }: Notebook,
  cast: readonly Cast[],
  say: (line: string) => void,
): Promise<void> {
  const owner = new PortalClient(console)
  await owner.setUp({ ...COMPANY, email, password })
  say(`${COMPANY.companyName} and its customers ...`)
  const sites = await addCustomers(owner)
  await Promise.all(
    cast.map(async (member) => {
      await bringToLife(owner, sites.get(member.customer.handle) ?? '', member, say)
    }),
  )
}

/** Customer's handle -> its first site. */
async function addCustomers(owner: PortalClient): Promise<Map<string, string>> {
  const sites = new Map<string, string>()
  const added = z.object({ customerId: z.uuid(), siteId: z.uuid() })
  for (const { name, handle, siteName, timeZone, moreSites } of CUSTOMERS) {
    const made = await owner.mutate('customers.create', { name, handle, siteName, timeZone }, added)
    sites.set(handle, made.siteId)
    for (const more of moreSites) {
      await owner.mutate('sites.create', { customerId: made.customerId, name: more, timeZone }, z.unknown())
    }
  }
  return sites
}

/** One server: registered, its disk filled, its agent joined and running, and its first backup made. */
async function bringToLife(
  owner: PortalClient,
  siteId: string,
  { server, fullName, disk, agent }: Cast,
  say: (line: string) => void,
): Promise<void> {
  const { serverId, joinToken } = await registerServer(owner, { siteId, name: server.name })
  const [folder, repositoryFolder] = [join(disk, server.folder), join(disk, 'Backup disk')]
  await mkdir(folder, { recursive: true })
  const bytes = await fillFolder(folder, server.shelves)
  say(`${fullName}: ${Math.round(bytes / 1_048_576)} MiB of files, agent joins ...`)
  await agent.join(joinToken)
  await agent.start()
  await untilOnline(owner, serverId)
  const repositoryId = await createRepository(owner, {
    serverId,
    name: 'Backup disk',
    folder: repositoryFolder,
  })
  const planId = await savePlan(owner, { serverId, name: server.plan, repositoryId, sources: [folder] })
  say(`${fullName}: first backup ...`)
  const run = await untilRunEnded(owner, { serverId, commandId: await startRun(owner, planId) })
  if (run.state !== 'succeeded')
    throw new Error(`The first backup of ${fullName} ended as ${run.state}: ${run.errorCode}`)
  say(`${fullName}: backed up ${run.filesNew} files, snapshot ${run.snapshotId?.slice(0, 8)}`)
}
