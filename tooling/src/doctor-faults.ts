/**
 * Makes each fault that can stand between a server and its portal for real, and asks the agent's doctor what it is.
 *
 *   npm run doctor:faults                     all of them, said to a person
 *   npm run doctor:faults -- --json           the last line of the output is one JSON object
 *   npm run doctor:faults -- --only clone     those whose name has this in it
 *   npm run doctor:faults -- --built          with what was built last
 *
 * As root on Linux, the faults of a network are made in namespaces with a firewall of their own; elsewhere those are left
 * out, and all others still happen on loopback. A fault counts as named when its code is among what the doctor found,
 * within ten seconds from the start of the program to its end.
 */
import { parseArgs } from 'node:util'
import { REFUSALS } from '@holdfast/protocol'
import { build } from './build.ts'
import { CONTROL, CONTROL_IN_NETWORK, IN_NETWORK, ON_LOOPBACK } from './doctor-faults/faults.ts'
import { Laboratory } from './doctor-faults/laboratory.ts'
import { type Fault, Scene } from './doctor-faults/scene.ts'
import { canMakeNetworks } from './doctor-faults/site-network.ts'
import { stopServices } from './processes/service.ts'
import { describe, installTools, NETWORK_TOOL_NAMES } from './tools/index.ts'

const NAMED_MS_MAX = 10_000

const { values: options } = parseArgs({
  options: { json: { type: 'boolean' }, built: { type: 'boolean' }, only: { type: 'string' } },
})
const say = (text: string): void => console.error(text)

async function haveNetworks(): Promise<boolean> {
  if (!canMakeNetworks) return false
  const found = await installTools(NETWORK_TOOL_NAMES)
  const missing = found.filter(({ state }) => state !== 'ready')
  for (const tool of missing) say(await describe(tool))
  return missing.length === 0
}

async function perform(laboratory: Laboratory, fault: Fault) {
  const { name, expected, facts = [] } = fault
  const { codes, ms, text } = await Scene.perform(laboratory, fault)
  const isRight = expected === null ? codes.length === 0 : codes.includes(expected)
  const isNamed = isRight && facts.every((fact) => text.includes(fact)) && ms <= NAMED_MS_MAX
  const found = codes.map((code) => `${REFUSALS[code].title} [${code}]`).join(', ') || 'nothing'
  say(`${isNamed ? '✓' : '✕'} ${name}: ${found} (${(ms / 1_000).toFixed(1)} s)${isNamed ? '' : `\n${text}`}`)
  return { name, expected, found: codes, ms, isNamed }
}

/** The first Ctrl-C lets the fault at hand come to its end, so that nothing of it is left; the second does not. */
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(130)
    say('Stopping after this one. Once more ends it at once.')
    interrupted.abort()
  })
}

try {
  const isWithNetworks = await haveNetworks()
  if (!isWithNetworks) say('Without root on Linux: the faults of a network are left out.')
  if (options.built !== true) await build()
  await using laboratory = await Laboratory.start()
  const control = await perform(laboratory, isWithNetworks ? CONTROL_IN_NETWORK : CONTROL)
  const wanted = [...ON_LOOPBACK, ...(isWithNetworks ? IN_NETWORK : [])].filter(({ name }) =>
    name.includes(options.only ?? ''),
  )
  const results = []
  for (const fault of wanted) {
    if (interrupted.signal.aborted) throw new Error('Stopped.')
    results.push(await perform(laboratory, fault))
  }
  const named = results.filter(({ isNamed }) => isNamed).length
  const faults = results.map(({ isNamed: _, ...result }) => result)
  say(
    `${named} of ${faults.length} faults named; without any: ${control.found.join(', ') || 'nothing found'}`,
  )
  if (options.json) {
    const { found, ms } = control
    console.log(JSON.stringify({ total: faults.length, named, faults, control: { found, ms } }))
  }
  if (named < faults.length || !control.isNamed) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = interrupted.signal.aborted ? 130 : 1
} finally {
  await stopServices()
}
