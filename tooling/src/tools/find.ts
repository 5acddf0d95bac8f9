import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { run } from '../processes/run.ts'
import { TOOLS, type ToolName } from './catalogue.ts'

export type Found =
  | { readonly state: 'ready'; readonly tool: ToolName; readonly path: string; readonly version: string }
  | { readonly state: 'missing'; readonly tool: ToolName }
  | { readonly state: 'too old'; readonly tool: ToolName; readonly path: string; readonly version: string }
  | { readonly state: 'broken'; readonly tool: ToolName; readonly path: string; readonly reason: string }

type Environment = Readonly<Record<string, string | undefined>>

/** Looks where its variable says and nowhere else, or on PATH and then in the usual places. */
export async function findTool(name: ToolName, environment: Environment = process.env): Promise<Found> {
  const tool = TOOLS[name]
  const named = environment[tool.variable]
  if (named) return ask(name, named)

  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const candidates = [...folders.flatMap((folder) => tool.names.map((program) => join(folder, program)))]
  let best: Found = { state: 'missing', tool: name }
  for (const path of new Set([...candidates, ...tool.places])) {
    if (!(await isProgram(path))) continue
    const found = await ask(name, path)
    if (found.state === 'ready') return found
    if (best.state === 'missing') best = found
  }
  return best
}

export async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function ask(name: ToolName, path: string): Promise<Found> {
  const { askVersion, askByShell, versionMin } = TOOLS[name]
  const answer = askByShell ? await run('/bin/sh', ['-c', askByShell, path]) : await run(path, askVersion)
  const version = /\d+(?:\.\d+)+/.exec(answer.stdout)?.[0]
  if (answer.code !== 0 || version === undefined) {
    const reason = answer.stderr.trim().split('\n')[0] || `it ended with code ${answer.code}`
    return { state: 'broken', tool: name, path, reason }
  }
  return { state: isOlder(version, versionMin) ? 'too old' : 'ready', tool: name, path, version }
}

function isOlder(version: string, [majorMin, minorMin]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < majorMin || (major === majorMin && minor < minorMin)
}
