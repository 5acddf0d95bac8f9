/**
 * `npm run demo`: a portal to look at, with live agents on this machine that back up real folders with real restic.
 * Everything is below data/demo; a second start shows the same, and deleting that folder begins anew.
 */
import { join } from 'node:path'
import { build } from './build.ts'
import { castOf } from './demo/cast.ts'
import { fillPortal } from './demo/first-start.ts'
import { markComplete, openNotebook } from './demo/notebook.ts'
import { apart, startPortal } from './portal/process.ts'
import { type Service, stopServices, stopServicesOnSignal } from './processes/service.ts'
import { repository } from './repository.ts'
import { installTools, requireTool } from './tools/index.ts'

const folder = join(repository, 'data/demo')
const say = (line: string): void => console.log(line)

async function show(): Promise<void> {
  await installTools(['restic'])
  await requireTool('restic')
  say('Building, where the last build is out of date ...')
  await build()

  const book = await openNotebook(folder)
  say('Starting the portal ...')
  const portal = await startPortal({
    settings: {
      ...apart(join(folder, 'portal')),
      HOLDFAST_CONSOLE_PORT: String(book.consolePort),
      HOLDFAST_GATEWAY_PORT: String(book.gatewayPort),
    },
    logFile: join(folder, 'portal.log'),
  })
  const cast = castOf(folder)
  if (book.complete) for (const { agent } of cast) await agent.start()
  else {
    await fillPortal(portal.console, book, cast, say)
    await markComplete(folder, book)
  }
  say(`
  Holdfast is up, with ${cast.map(({ fullName }) => fullName).join(' and ')} alive on this machine.

    Console    ${portal.console}
    Email      ${book.email}
    Password   ${book.password}

  Ctrl-C stops everything. What it wrote is in ${folder}.
`)
  await untilSomethingEnds(portal.service)
}

/** Returns only when the portal has ended; by then Ctrl-C, or a fault that its log tells. */
async function untilSomethingEnds(portal: Service): Promise<void> {
  const { code } = await portal.exited
  if (code !== 0)
    throw new Error(`The portal ended with code ${code}. Its log is ${join(folder, 'portal.log')}.`)
}

stopServicesOnSignal()
try {
  await show()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await stopServices()
}
