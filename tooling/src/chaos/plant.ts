/**
 * Shows that the chaos can fail: plants each bug of planted-bugs.ts, one at a time, in a copy of this repository, and
 * lets the storm find it. Needs a build; takes some minutes, so it is no part of the tests.
 *
 *   node tooling/src/chaos/plant.ts [--kills 60] [--seed S] [--minutes 10] [name …]
 *
 * A storm that has not ended by then counts as a bug that was not found, and says what it waited for.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { run } from '../processes/run.ts'
import { repository } from '../repository.ts'
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts'

const { values, positionals } = parseArgs({
  options: {
    kills: { type: 'string', default: '60' },
    seed: { type: 'string', default: 'planted' },
    minutes: { type: 'string', default: '10' },
  },
  allowPositionals: true,
})
const found = z.object({
  violations: z.array(z.object({ rule: z.string(), text: z.string() })),
  seconds: z.number(),
})

let isMissed = false
for (const bug of PLANTED_BUGS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const copy = mkdtempSync(join(tmpdir(), 'planted-'))
  // PostgreSQL runs as another user when we are root, and its programs lie in the copy.
  chmodSync(copy, 0o755)
  try {
    await plant(bug, copy)
    isMissed = !(await isFound(bug, copy)) || isMissed
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
process.exitCode = isMissed ? 1 : 0

async function isFound({ name, what, breaks }: PlantedBug, copy: string): Promise<boolean> {
  // All that the storm leaves behind goes with the copy.
  const scratch = join(copy, 't')
  mkdirSync(scratch, { mode: 0o755 })
  const args = ['tooling/src/chaos.ts', '--built', '--json', '--kills', values.kills, '--seed', values.seed]
  const { stdout, stderr } = await run(process.execPath, args, {
    ...{ cwd: copy, env: { TMPDIR: scratch }, withinMs: Number(values.minutes) * 60_000 },
  })
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) {
    console.log(`✕ ${name} (${what}): the storm came to no end. ${stderr.slice(-2_000)}`)
    for (const log of globSync('holdfast-chaos-*/logs/*.log', { cwd: scratch }))
      console.log(`    ${log}: ${readFileSync(join(scratch, log), 'utf8').slice(-600)}`)
    return false
  }
  const { violations, seconds } = found.parse(JSON.parse(line))
  const caught = violations.find(({ rule }) => breaks.some((one) => one === rule))
  const rules = [...new Set(violations.map(({ rule }) => rule))].join(', ') || 'nothing'
  const mark = caught === undefined ? '✕' : '✓'
  console.log(`${mark} ${name} (${what}): ${rules}, ${violations.length} times in ${seconds} s`)
  if (caught !== undefined) console.log(`    ${caught.text.split('\n')[0]}`)
  return caught !== undefined
}

async function plant({ of, file, changes }: PlantedBug, copy: string): Promise<void> {
  // The build has a node_modules of its own, in which Next looks for what it did not bundle: that one comes along.
  const isOurs = (path: string) =>
    !/(?<!\/\.next)\/(node_modules|\.git|\.turbo)(\/|$)|\/\.next\/cache(\/|$)/.test(
      path.slice(repository.length),
    )
  cpSync(repository, copy, { recursive: true, verbatimSymlinks: true, filter: isOurs })
  // Nobody writes into these, and links to folders of the workspace are relative: the copy finds its own.
  for (const folder of [
    '',
    'apps/agent',
    'apps/portal',
    'apps/vault',
    'packages/protocol',
    'prisma',
    'e2e',
    'tooling',
  ]) {
    const modules = join(repository, folder, 'node_modules')
    if (existsSync(modules)) await run('cp', ['-a', '--link', modules, join(copy, folder, 'node_modules')])
  }
  let text = readFileSync(join(copy, file), 'utf8')
  for (const [from, to] of changes) {
    if (!text.includes(from))
      throw new Error(`${file} has changed, and the bug does not fit any more: ${from}`)
    text = text.replace(from, () => to)
  }
  writeFileSync(join(copy, file), text)
  const { code, stderr } = await run(process.execPath, ['build.ts'], { cwd: join(copy, 'apps', of) })
  if (code !== 0) throw new Error(`The planted bug does not build: ${stderr}`)
}
