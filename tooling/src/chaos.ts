/**
 * Kills, freezes and cuts whatever can be, at random moments of a fleet at work, and then asks whether anything was lost
 * or done twice: `npm run chaos -- --kills 500 --seed S --json`.
 *
 *   --kills N     how many faults strike (50)
 *   --seed S      the decisions of an earlier time again
 *   --servers N   how many servers are at work (3)
 *   --built       with what was built last
 *   --json        the last line of the output is one JSON object
 *
 * Ends with code 1 when anything was found, and says then what happened in which order. docs/guides/chaos.md tells what
 * is compared with what.
 */
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { build } from './build.ts'
import { RULES } from './chaos/judge.ts'
import { storm } from './chaos/storm.ts'
import { stopServices, stopServicesOnSignal } from './processes/service.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now()) },
    servers: { type: 'string', default: '3' },
    built: { type: 'boolean' },
    json: { type: 'boolean' },
  },
})
const options = z
  .object({
    kills: z.coerce.number().int().min(1).max(100_000),
    servers: z.coerce.number().int().min(1).max(20),
    seed: z.string().min(1),
  })
  .parse(values)
const say = (line: string): void => console.error(`${Math.round(performance.now() / 1_000)} s  ${line}`)

stopServicesOnSignal()
try {
  if (!values.built) {
    say('Building, where the last build is out of date ...')
    await build()
  }
  const { timeline, ...result } = await storm({ ...options, say })
  if (result.violations.length > 0) {
    say(timeline)
    for (const { rule, text } of result.violations) say(`✕ ${RULES[rule]} [${rule}]: ${text}`)
    say(`Everything still lies in ${result.folder}.`)
    process.exitCode = 1
  }
  if (values.json) console.log(JSON.stringify(result))
  else console.log(result)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await stopServices()
}
