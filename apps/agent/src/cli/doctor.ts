import { parseArgs } from 'node:util'
import { address } from '@holdfast/protocol'
import { destination } from '../doctor/destination.ts'
import { examine, isWell } from '../doctor/doctor.ts'
import { diagnosisText } from '../doctor/print.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'

/** What stands between this server and its portals, and what to do about it. */
export const doctor: CliCommand = async (args, settings) => {
  const { json, vault, listen } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean' }, vault: { type: 'string' }, listen: { type: 'string' } },
  }).values
  if (json !== true) hint('Looking at everything between here and the portal (up to 10 seconds) …')
  const diagnosis = await examine(settings, {
    vault: readVault(vault ?? settings.vault),
    listenPort: readPort(listen),
  })
  const { findings: checks, visitCode: code } = diagnosis
  const ok = isWell(diagnosis)
  say(json === true ? JSON.stringify({ checks, code, ok }) : diagnosisText(diagnosis))
  return ok ? EXIT.done : EXIT.failed
}

function readVault(text: string | undefined) {
  if (text === undefined || text === '') return undefined
  const parsed = address.safeParse(text)
  if (!parsed.success) throw new UsageError(`The vault's address: ${parsed.error.issues[0]?.message}`)
  return destination(parsed.data)
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError('The port to listen on must lie between 1 and 65535.')
  return port
}
