/**
 * `npm run bench -- <name> [options] [--json]`: measurements, each against a peer in the same run, so that every figure
 * is also a ratio. Progress for people goes to the error stream; with --json, the last line of the output is one JSON
 * object.
 *
 * A bench is a file of its own and one line here.
 */
import { stopServices, stopServicesOnSignal } from '../processes/service.ts'
import { cancel } from './cancel/bench.ts'
import { catalogue } from './catalogue.ts'
import { ingest } from './ingest.ts'
import { link } from './link/bench.ts'
import { storm } from './storm/bench.ts'
import { vault } from './vault/bench.ts'

export type Bench = {
  /** For the list of benches: its options, and what it measures. */
  readonly usage: string
  readonly measures: string
  /** Takes its own arguments; says how it goes through `say`; returns its figures. */
  readonly run: (
    args: readonly string[],
    say: (line: string) => void,
  ) => Promise<Readonly<Record<string, unknown>>>
}

const BENCHES: Readonly<Record<string, Bench>> = { link, storm, ingest, vault, catalogue, cancel }

const [name = '', ...args] = process.argv.slice(2)
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
if (bench === undefined) {
  const list = Object.entries(BENCHES).map(
    ([name, { usage, measures }]) => `  ${name} ${usage}\n      ${measures}`,
  )
  console.error(
    `${name === '' ? 'Which bench?' : `There is no bench called ${name}.`} There are:\n${list.join('\n')}`,
  )
  process.exit(2)
}

stopServicesOnSignal()
const say = (line: string): void => console.error(line)
try {
  const figures = await bench.run(
    args.filter((argument) => argument !== '--json'),
    say,
  )
  if (args.includes('--json')) console.log(JSON.stringify({ bench: name, ...figures }))
  else console.log(figures)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await stopServices()
}
