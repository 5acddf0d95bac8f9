import { parseArgs } from 'node:util'
import { Daemon } from '../daemon/daemon.ts'
import { makeOutput } from '../daemon/telling.ts'
import { type CliCommand, EXIT } from './command.ts'

/**
 * The agent in the foreground, until somebody stops it. A first signal ends it in an orderly way; a second one at once,
 * and what was cut is settled at the next start.
 */
export const run: CliCommand = async (args, settings) => {
  parseArgs({ args: [...args], options: {} })
  const asked = Promise.withResolvers<void>()
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1
      if (signals > 1) process.exit(EXIT.failed)
      asked.resolve()
    })
  }
  const daemon = await Daemon.start(settings, makeOutput(settings.logLevel, process.stdout.isTTY === true))
  await asked.promise
  await daemon.stop()
  return EXIT.done
}
