/** OpenSSH's server on 127.0.0.1, as it stands on a NAS: it lets in whose line somebody has added to `authorized_keys`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { requireTool } from '@holdfast/tooling/tools'
import { until } from '@holdfast/tooling/until'
import { freePort } from './free-port.ts'

export type Sshd = AsyncDisposable & {
  readonly port: number
  readonly user: string
  /** As `ssh-keygen -l` shows it on that machine. */
  readonly fingerprint: string
  letIn(line: string): Promise<void>
  /** As if another machine had come in its place. */
  changeKey(): Promise<void>
}

export async function startSshd(folder: string): Promise<Sshd> {
  await mkdir(folder, { recursive: true })
  const at = (name: string) => join(folder, name)
  const port = await freePort()
  await makeKey(at('host'))
  const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-lf', at('host.pub')], {
    encoding: 'utf8',
  }).split(' ')
  await writeFile(at('authorized_keys'), '')
  await writeFile(
    at('sshd_config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${at('host')}`,
      `PidFile ${at('pid')}`,
      `AuthorizedKeysFile ${at('authorized_keys')}`,
      ...['StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
      ...['PermitRootLogin prohibit-password', 'Subsystem sftp internal-sftp'],
    ].join('\n'),
  )
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true })
  let child = await serve(at('sshd_config'), port)
  return {
    ...{ port, fingerprint, user: userInfo().username },
    letIn: (line) => appendFile(at('authorized_keys'), `${line.trim()}\n`),
    async changeKey() {
      await end(child)
      await makeKey(at('host'))
      child = await serve(at('sshd_config'), port)
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}

async function makeKey(file: string): Promise<void> {
  for (const path of [file, `${file}.pub`]) await rm(path, { force: true })
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
}

async function serve(config: string, port: number): Promise<ChildProcess> {
  const child = spawn(await requireTool('sshd'), ['-D', '-e', '-f', config], { stdio: 'ignore' })
  await until('sshd answers', () => answers(port))
  return child
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

function answers(port: number): Promise<true | null> {
  const { promise, resolve } = Promise.withResolvers<true | null>()
  const socket = connect({ host: '127.0.0.1', port })
  socket.once('connect', () => resolve(true)).once('error', () => resolve(null))
  return promise.finally(() => socket.destroy())
}
