/**
 * Makes what runs in production from the sources: the database client, the portal's bundles, the agent's bundle. Turbo
 * remembers what it built from which sources, so a second call costs about a second.
 */
import { run } from './processes/run.ts'
import { program } from './repository.ts'

/** @throws BuildFailed with everything the failed step said. */
export async function build(): Promise<void> {
  await step('The database client', 'npm', ['run', '--silent', 'generate'])
  await step('The build', program('turbo'), [
    'run',
    'build',
    '--output-logs=errors-only',
    '--no-update-notifier',
  ])
}

async function step(what: string, command: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(command, args, {
    env: { TURBO_TELEMETRY_DISABLED: '1', NEXT_TELEMETRY_DISABLED: '1' },
  })
  if (code !== 0) throw new BuildFailed(`${what} failed:\n${stdout}${stderr}`)
}

export class BuildFailed extends Error {
  override name = 'BuildFailed'
}
