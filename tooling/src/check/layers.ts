/**
 * Proves that the layer rules bite: plants every violation of planted-violations.ts in an empty copy of the house, lets
 * biome look at it, and names each violation that it let through, each permitted import that it refused, and each rule
 * of biome.json that nothing was planted for.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { run } from '../processes/run.ts'
import { program, repository } from '../repository.ts'
import { PLANTED_VIOLATIONS, type Planted } from './planted-violations.ts'

const RULE = 'noRestrictedImports'

const configuration = z.object({
  overrides: z.array(
    z.object({
      includes: z.array(z.string()),
      linter: z.object({
        rules: z.object({
          style: z.object({
            [RULE]: z.object({
              options: z.object({
                patterns: z.array(z.object({ group: z.array(z.string()), message: z.string() })),
              }),
            }),
          }),
        }),
      }),
    }),
  ),
})

const biomeReport = z.object({
  diagnostics: z.array(
    z.object({
      category: z.string().nullish(),
      message: z.string(),
      location: z.object({ path: z.string(), start: z.object({ line: z.number() }).nullish() }),
    }),
  ),
})

type Complaint = { readonly file: string; readonly line: number; readonly message: string }

/** Every way in which the rules do not do what they are there for; none when they do. */
export async function findToothlessRules(
  planted: readonly Planted[] = PLANTED_VIOLATIONS,
): Promise<string[]> {
  const complaints = await lintCopy(planted)
  const rules = configuration.parse(JSON.parse(await readFile(join(repository, 'biome.json'), 'utf8')))
  return [
    ...planted.flatMap((one) => checkFile(one, complaints)),
    ...rules.overrides
      .flatMap(({ linter }) => linter.rules.style[RULE].options.patterns)
      .filter(({ message }) => !complaints.some((complaint) => complaint.message.includes(message)))
      .map(({ group }) => `No planted violation reaches the rule about ${group.join(', ')}.`),
  ]
}

function checkFile({ file, refused, allowed }: Planted, complaints: readonly Complaint[]): string[] {
  const about = (line: number) =>
    complaints.filter((complaint) => complaint.file === file && complaint.line === line)
  return [
    ...refused.flatMap(({ imports, because }, index) =>
      about(index + 1).some(({ message }) => message.includes(because))
        ? []
        : [`${file} may import ${imports}, although it should be refused ("… ${because} …").`],
    ),
    ...allowed.flatMap((imports, index) =>
      about(refused.length + index + 1).map(({ message }) => `${file} may not import ${imports}: ${message}`),
    ),
  ]
}

/** One import a line, so that a line number says which import a complaint is about. */
async function lintCopy(planted: readonly Planted[]): Promise<Complaint[]> {
  const copy = await mkdtemp(join(tmpdir(), 'holdfast-layers-'))
  try {
    await cp(join(repository, 'biome.json'), join(copy, 'biome.json'))
    // biome.json says that the ignore file counts, so it must be there.
    await cp(join(repository, '.gitignore'), join(copy, '.gitignore'))
    for (const { file, refused, allowed } of planted) {
      const imports = [...refused.map((one) => one.imports), ...allowed]
      await mkdir(dirname(join(copy, file)), { recursive: true })
      await writeFile(join(copy, file), imports.map((from) => `export * from '${from}'\n`).join(''))
    }
    const { stdout, stderr } = await run(
      program('biome'),
      ['lint', `--only=style/${RULE}`, '--reporter=json', '--max-diagnostics=none', '.'],
      { cwd: copy },
    )
    const parsed = biomeReport.safeParse(readJson(stdout))
    if (!parsed.success) throw new Error(`biome did not answer with a report:\n${stdout}${stderr}`)
    return parsed.data.diagnostics
      .filter(({ category }) => category === `lint/style/${RULE}`)
      .map(({ message, location }) => ({ file: location.path, line: location.start?.line ?? 0, message }))
  } finally {
    await rm(copy, { recursive: true })
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
