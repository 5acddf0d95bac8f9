/**
 * The portal: one process with a console for people and a gateway for agents.
 *
 *   settings ─► keys ─► database ─► gateway ─► console (pages, live socket) ─► ready
 *
 * Asked to end (SIGTERM, SIGINT), it goes the same way back: agents are told when to come again, what they have reported
 * is committed, then the database is closed. Asked a second time, it ends at once.
 */
import { DatabaseError } from '@holdfast/database'
import { readSettings, SettingsError } from '#settings.ts'
import { startPortal } from '#start/portal.ts'
import { StartRefused } from '#start/refusals.ts'

try {
  const settings = readSettings(process.env)
  const portal = await startPortal(settings)
  const { console: consoleUrl, certificateSha256 } = portal.ready
  console.log(
    [
      'Holdfast is ready.',
      `  Console  ${consoleUrl}`,
      `  Gateway  ${portal.gatewayAddresses.join(', ')}`,
      `           certificate SHA-256 ${certificateSha256}`,
      ...(portal.setupCode === null
        ? []
        : [`  Set-up   code ${portal.setupCode}: the first-run page asks for it`]),
    ].join('\n'),
  )
  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (isStopping) process.exit(130)
      isStopping = true
      console.log('Stopping: agents are told, and what they reported is written down.')
      portal.stop().then(
        () => process.exit(0),
        (error) => {
          console.error(error)
          process.exit(1)
        },
      )
    })
} catch (error) {
  console.error(whyNot(error))
  process.exit(1)
}

/** What a person at the terminal can do something about is told without a stack. */
function whyNot(error: unknown): unknown {
  if (error instanceof StartRefused) return error.explanation
  if (error instanceof DatabaseError) return `${error.message}\n  ${error.todo}`
  return error instanceof SettingsError ? error.message : error
}
