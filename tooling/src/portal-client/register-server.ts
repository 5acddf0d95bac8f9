// The browser's own half, so that what is tried and measured here is what people use.
import { registerPassword } from '@holdfast/portal/src/features/servers/register-password.ts'
import { encodeJoinToken, generateManagementPassword } from '@holdfast/protocol'
import { z } from 'zod'
import type { PortalClient } from './client.ts'

const begun = z.object({ serverId: z.uuid(), registrationResponse: z.string() })
const registered = z.object({ serverId: z.uuid(), fullName: z.string() })
const joinFacts = z.object({ name: z.string(), addresses: z.array(z.string()), certificate: z.string() })

export type RegisteredServer = z.output<typeof registered> & {
  readonly password: string
  readonly joinToken: string
}

/** Registers a server as the console does: its management password stays in this process. */
export async function registerServer(
  portal: PortalClient,
  {
    siteId,
    name,
    password = generateManagementPassword(),
  }: { siteId: string; name: string; password?: string },
): Promise<RegisteredServer> {
  const server = await registerPassword(password, {
    begin: (registrationRequest) =>
      portal.mutate('servers.beginRegistration', { siteId, name, registrationRequest }, begun),
    finish: (registrationRecord, { serverId }) =>
      portal.mutate('servers.register', { serverId, siteId, name, registrationRecord }, registered),
  })
  const facts = await portal.query('servers.joinFacts', { serverId: server.serverId }, joinFacts)
  return { ...server, password, joinToken: encodeJoinToken({ ...facts, password }) }
}
