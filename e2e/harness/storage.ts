/** A storage that is no folder of the server: rclone, which serves restic's protocol to whoever knows a password. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { requireTool } from '@holdfast/tooling/tools'
import { until } from '@holdfast/tooling/until'
import { freePort } from './free-port.ts'

export type Storage = AsyncDisposable & { readonly address: string }

/** Its login stands in its environment, where a list of processes does not show it. */
export async function startStorage(
  folder: string,
  { user, password }: { user: string; password: string },
): Promise<Storage> {
  const port = await freePort()
  await mkdir(folder, { recursive: true })
  const child = spawn(
    await requireTool('rclone'),
    ['serve', 'restic', folder, '--addr', `127.0.0.1:${port}`],
    {
      stdio: 'ignore',
      env: { ...process.env, RCLONE_USER: user, RCLONE_PASS: password, RCLONE_CONFIG: '/dev/null' },
    },
  )
  const ended = once(child, 'exit')
  const address = `http://127.0.0.1:${port}`
  await until('the storage answers', () =>
    fetch(address).then(
      () => true,
      () => null,
    ),
  )
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
