import { EngineError } from '../engine/index.ts'
import { AGENT_VERSION } from '../machine.ts'
import { ownRestic } from '../runs/restic.ts'
import { type CliCommand, EXIT, say } from './command.ts'

export const version: CliCommand = async (_args, settings) => {
  const restic = await ownRestic(settings).then(
    (found) => `restic ${found.version}`,
    (error: unknown) => {
      if (error instanceof EngineError)
        return error.code === 'restic_missing' ? 'no restic' : 'restic too old'
      throw error
    },
  )
  say(`holdfast-agent ${AGENT_VERSION} (${restic}, Node ${process.versions.node})`)
  return EXIT.done
}
