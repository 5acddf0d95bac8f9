/**
 * `npm start`: the portal as it runs in production, built first where the last build is out of date. Its settings come
 * from the environment (apps/portal/src/settings.ts); without any it keeps its data in data/portal and listens on
 * http://127.0.0.1:3000 for people and on port 16888 for servers.
 */
import { constants } from 'node:os'
import { build } from './build.ts'
import { PortalNotUp, startPortal } from './portal/process.ts'
import { stopServices } from './processes/service.ts'

// The portal takes its leave of every server before it goes: it is asked once, and killed when it is asked again.
let asked = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (asked) process.exit(128 + constants.signals[signal])
    asked = true
    void stopServices()
  })
}

try {
  console.log('Building, where the last build is out of date ...')
  await build()
  const portal = await startPortal({ settings: {} })
  console.log(`Holdfast is up: ${portal.console}   (Ctrl-C stops it)`)
  const { code, signal } = await portal.service.exited
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof PortalNotUp ? error.exitCode : 1
}
