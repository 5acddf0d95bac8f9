/** A process full of simulated agents. It is started by fleet.ts, does what it is told, and ends with its parent. */
import { type AgentEvents, SimulatedAgent } from './agent.ts'
import { type Instruction, instruction, monotonicMs, type News } from './instructions.ts'
import { SimulatedJournal } from './journal.ts'

let agents: readonly SimulatedAgent[] = []
/** Those that have not been told to connect. */
let waiting: SimulatedAgent[] = []

process.on('message', (message) => void follow(instruction.parse(message)))
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))

async function follow(told: Instruction): Promise<void> {
  switch (told.do) {
    case 'prepare': {
      const journal = new SimulatedJournal(told.journalFile)
      const { address, workMs, backoff, servers } = told
      agents = servers.map(
        (server) => new SimulatedAgent({ server, address, journal, workMs, backoff, events }),
      )
      waiting = [...agents]
      return tell({ news: 'prepared' })
    }
    case 'connect': {
      const next = waiting.splice(0, told.count).values()
      const bringUp = async (): Promise<void> => {
        // Shared by all of them: each takes the next agent that nobody has taken.
        for (const agent of next) await agent.start()
      }
      await Promise.all(Array.from({ length: told.inFlightMax }, bringUp))
      return
    }
    case 'runUnheard':
      await Promise.all(agents.map((agent) => agent.runUnheard(told.runs)))
      return tell({ news: 'written' })
    case 'report':
      for (const agent of agents) agent.reportWaiting()
      return
    case 'cut':
      for (const agent of agents) agent.cut()
      return
  }
}

const events: AgentEvents = {
  online: (serverId) => tell({ news: 'online', serverId, atMs: monotonicMs() }),
  offline: (serverId, code) => tell({ news: 'offline', serverId, code, atMs: monotonicMs() }),
  refused: (serverId, { code }) => tell({ news: 'refused', serverId, code, atMs: monotonicMs() }),
  reported: (serverId) => tell({ news: 'reported', serverId, atMs: monotonicMs() }),
  journalled: (serverId, commandId) => tell({ news: 'journalled', serverId, commandId, atMs: monotonicMs() }),
}

function tell(told: News): void {
  process.send?.(told)
}
