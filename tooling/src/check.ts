/**
 * `npm run check`: what can be said about the code without running it. One line for each check, all of them every time,
 * so that one look shows everything there is to mend.
 */
import { access, glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { findToothlessRules } from './check/layers.ts'
import { type Finished, howEnded, run } from './processes/run.ts'
import { program, repository } from './repository.ts'

/** What is wrong, for people; empty when nothing is. */
type Check = { readonly name: string; readonly look: () => Promise<string> }

const checks: readonly Check[] = [
  ...(await workspaces()).map((folder) => ({
    name: `types ${folder}`,
    look: async () => complaintsOf(await run(program('tsc'), ['--pretty', 'false', '-p', folder])),
  })),
  {
    name: 'lint, layers and format',
    look: async () => complaintsOf(await run(program('biome'), ['ci', '--colors=off', '.'])),
  },
  {
    name: 'layer rules bite',
    look: async () => (await findToothlessRules()).join('\n'),
  },
  {
    name: 'migrations match the schema',
    look: async () =>
      complaintsOf(await run('npm', ['run', '--silent', 'drift', '-w', '@holdfast/database'])),
  },
]

/** Every workspace that has TypeScript, as npm knows them. */
async function workspaces(): Promise<string[]> {
  const root = z
    .object({ workspaces: z.array(z.string()) })
    .parse(JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')))
  const folders = []
  for await (const folder of glob(root.workspaces, { cwd: repository })) {
    const typed = await access(join(repository, folder, 'tsconfig.json')).then(
      () => true,
      () => false,
    )
    if (typed) folders.push(folder)
  }
  return folders.sort()
}

function complaintsOf(ended: Finished): string {
  if (ended.code === 0) return ''
  return `${ended.stdout}${ended.stderr}`.trim() || `It ${howEnded(ended)} and said nothing.`
}

let failed = 0
for (const { name, look } of checks) {
  const startedAt = performance.now()
  const complaints = await look()
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  console.log(`${complaints === '' ? 'ok    ' : 'FAILED'}  ${seconds.padStart(5)} s  ${name}`)
  if (complaints === '') continue
  failed += 1
  console.log(complaints.replaceAll(/^/gm, '    '))
}
console.log(
  failed === 0 ? `All ${checks.length} checks passed.` : `${failed} of ${checks.length} checks failed.`,
)
process.exitCode = failed === 0 ? 0 : 1
