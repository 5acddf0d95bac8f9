import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { run } from '../processes/run.ts'
import { INSTALL_BY_HAND, type PackageManager, TOOLS, type ToolName } from './catalogue.ts'
import { type Found, findTool, isProgram } from './find.ts'

/**
 * The path of a tool that somebody is about to use.
 * @throws ToolMissing when there is none that works, with what to do about it.
 */
export async function requireTool(name: ToolName): Promise<string> {
  const found = await findTool(name)
  if (found.state !== 'ready') throw new ToolMissing(await describe(found))
  return found.path
}

export class ToolMissing extends Error {
  override name = 'ToolMissing'
}

/** Installs what is not ready, if this machine lets us, and returns how things stand afterwards. */
export async function installTools(names: readonly ToolName[]): Promise<readonly Found[]> {
  const before = await Promise.all(names.map((name) => findTool(name)))
  const wanted = before.filter(({ state, tool }) => state !== 'ready' && !process.env[TOOLS[tool].variable])
  if (wanted.length === 0) return before
  const manager = await packageManager()
  if (manager === 'apt-get') await installByApt(wanted.map(({ tool }) => TOOLS[tool].packages['apt-get']))
  if (manager === 'brew') for (const { tool } of wanted) await installByBrew(tool)
  return Promise.all(names.map((name) => findTool(name)))
}

async function installByApt(packages: readonly string[]): Promise<void> {
  const prefix = await rootPrefix()
  if (prefix === null) return
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q']
  for (const step of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const [command = 'env', ...args] = [...prefix, ...apt, ...step]
    const { code } = await run(command, args, { output: 'show' })
    if (code !== 0) return
  }
}

async function installByBrew(tool: ToolName): Promise<void> {
  const cask = tool === 'chromium' ? ['--cask'] : []
  await run('brew', ['install', ...cask, TOOLS[tool].packages.brew], { output: 'show' })
}

/** What makes a command run as root without asking: nothing, sudo, or null where neither works. */
async function rootPrefix(): Promise<readonly string[] | null> {
  if (userInfo().uid === 0) return []
  return (await run('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : null
}

async function packageManager(): Promise<PackageManager | null> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/opt/homebrew/bin']
  const managers: PackageManager[] = ['apt-get', 'brew', 'dnf', 'pacman', 'apk', 'zypper']
  for (const manager of managers) {
    for (const folder of folders) if (await isProgram(join(folder, manager))) return manager
  }
  return null
}

/** One tool, for people: what is there, or what is wrong and exactly what to type. */
export async function describe(found: Found): Promise<string> {
  if (found.state === 'ready') return `${found.tool} ${found.version}  ${found.path}`
  const { variable } = TOOLS[found.tool]
  const todo = process.env[variable]
    ? [`Correct ${variable}, or remove it so that the usual places are searched.`]
    : [await installByHand(found.tool), `or name a working one: ${variable}=/path/to/${found.tool}`]
  return [`${problem(found)}.`, ...todo].join('\n  ')
}

function problem(found: Exclude<Found, { state: 'ready' }>): string {
  const { purpose, versionMin } = TOOLS[found.tool]
  switch (found.state) {
    case 'missing':
      return `${found.tool} is not installed; it ${purpose}`
    case 'too old':
      return `${found.path} is ${found.version}, and ${versionMin.join('.')} or newer is needed`
    case 'broken':
      return `${found.path} does not work: ${found.reason}`
  }
}

async function installByHand(tool: ToolName): Promise<string> {
  const { packages, download } = TOOLS[tool]
  const manager = await packageManager()
  if (manager === null) return `Get it from ${download}`
  const cask = manager === 'brew' && tool === 'chromium' ? '--cask ' : ''
  return `${INSTALL_BY_HAND[manager]} ${cask}${packages[manager]}   (or from ${download}, where that one is too old)`
}
