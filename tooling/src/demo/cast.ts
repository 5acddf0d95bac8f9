import { join } from 'node:path'
import { AgentInstallation } from '../agent/installation.ts'
import { CUSTOMERS, type DemoCustomer, type DemoServer } from './scene.ts'

export type Cast = {
  readonly customer: DemoCustomer
  readonly server: DemoServer
  readonly fullName: string
  /** What stands for the server's disks. */
  readonly disk: string
  readonly agent: AgentInstallation
}

/** Every server of the demo, with the agent that plays it. Paths are short: a local socket's may have 103 bytes. */
export function castOf(folder: string): readonly Cast[] {
  return CUSTOMERS.flatMap((customer) =>
    customer.servers.map((server) => {
      const fullName = `${customer.handle}/${server.name}`
      const own = join(folder, server.name)
      const agent = new AgentInstallation({
        name: fullName,
        stateFolder: join(own, 'agent'),
        logFile: join(own, 'agent.log'),
      })
      return { customer, server, fullName, disk: join(own, 'disk'), agent }
    }),
  )
}
