import { parseArgs } from 'node:util'
import { askAgent } from '../daemon/control.ts'
import { statusReport } from '../daemon/status.ts'
import { type CliCommand, EXIT, say } from './command.ts'
import { statusText } from './status-text.ts'

/** What the running agent is connected to, what it does, and what it did last. */
export const status: CliCommand = async (args, settings) => {
  const { json } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } }).values
  const report = await askAgent(settings.stateFolder, { ask: 'status' }, statusReport)
  say(json === true ? JSON.stringify(report) : statusText(report, Date.now()))
  return report.portals.some((portal) => portal.state !== 'online') || report.portals.length === 0
    ? EXIT.notLinked
    : EXIT.done
}
