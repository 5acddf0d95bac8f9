/**
 * Real storages on 127.0.0.1, as the agent meets them: OpenSSH's sshd, vsftpd, `rclone serve restic`, and an S3 server.
 * Each can be given its fault from outside, by its own settings: another host key, only reading, another password.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { findTool } from '@holdfast/tooling/tools'
import S3rver from 's3rver'

export type Storage = AsyncDisposable & { readonly port: number }

const isRoot = process.getuid?.() === 0
const [sshd, vsftpd] = await Promise.all([findTool('sshd'), findTool('vsftpd')])
const RCLONE = process.env.HOLDFAST_RCLONE || 'rclone'

export const sshdIsHere = sshd.state === 'ready'
export const vsftpdIsHere = vsftpd.state === 'ready' && isRoot
for (const [name, isHere] of [
  ['sshd', sshdIsHere],
  ['vsftpd (as root)', vsftpdIsHere],
] as const)
  if (!isHere)
    console.warn(`SKIPPED: ${name} is not installed, so nothing is tried on it. npm run tools -- --install`)

export function makeHostKey(file: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ').trim()
}

/** Lets in whose public key stands in `authorizedKeys`, as the user who runs this. */
export async function startSshd(
  folder: string,
  given: { hostKeyFile: string; authorizedKeys: string; readOnly?: boolean; port?: number },
): Promise<Storage> {
  const port = given.port ?? (await freePort())
  mkdirSync(folder, { recursive: true })
  const [config, keys] = [join(folder, 'sshd_config'), join(folder, 'authorized_keys')]
  writeFileSync(keys, `${given.authorizedKeys}\n`)
  writeFileSync(
    config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${given.hostKeyFile}`,
      `PidFile ${join(folder, 'pid')}`,
      `AuthorizedKeysFile ${keys}`,
      ...['StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
      'PermitRootLogin prohibit-password',
      `Subsystem sftp internal-sftp${given.readOnly ? ' -R' : ''}`,
    ].join('\n'),
  )
  if (isRoot) mkdirSync('/run/sshd', { recursive: true })
  return startProgram(sshd.state === 'ready' ? sshd.path : 'sshd', ['-D', '-e', '-f', config], port)
}

/** Over `folder/files`, for the user `anonymous` with this password: the one login that needs no account here. */
export async function startVsftpd(
  folder: string,
  { password, readOnly = false, port: wanted }: { password: string; readOnly?: boolean; port?: number },
): Promise<Storage> {
  const port = wanted ?? (await freePort())
  const root = join(folder, 'files')
  mkdirSync(join(root, 'backup'), { recursive: true })
  mkdirSync(join(folder, 'empty'), { recursive: true })
  const { uid, gid } = ownerOfFtp()
  chownSync(join(root, 'backup'), uid, gid)
  for (const open of [folder, root]) chmodSync(open, 0o755)
  writeFileSync(join(folder, 'passwords'), `${password}\n`)
  const yesNo = { anon_upload_enable: !readOnly, anon_mkdir_write_enable: !readOnly, write_enable: !readOnly }
  const settings = {
    ...{ listen: 'YES', listen_address: '127.0.0.1', listen_port: port, background: 'NO' },
    ...{ anonymous_enable: 'YES', local_enable: 'NO', anon_root: root, anon_umask: '077' },
    ...{ secure_email_list_enable: 'YES', email_password_file: join(folder, 'passwords') },
    ...{ anon_other_write_enable: 'YES', anon_world_readable_only: 'NO', seccomp_sandbox: 'NO' },
    ...{ secure_chroot_dir: join(folder, 'empty'), pasv_address: '127.0.0.1' },
    ...Object.fromEntries(Object.entries(yesNo).map(([name, on]) => [name, on ? 'YES' : 'NO'])),
  }
  const config = join(folder, 'vsftpd.conf')
  writeFileSync(
    config,
    Object.entries(settings)
      .map((pair) => `${pair.join('=')}\n`)
      .join(''),
  )
  return startProgram(vsftpd.state === 'ready' ? vsftpd.path : 'vsftpd', [config], port)
}

function ownerOfFtp(): { uid: number; gid: number } {
  const [, , uid, gid] = /^ftp:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':') ?? []
  return { uid: Number(uid ?? 0), gid: Number(gid ?? 0) }
}

/** The login stands in its environment, where a list of processes does not show it. */
export async function startRest(
  folder: string,
  { user, password, appendOnly = false }: { user: string; password: string; appendOnly?: boolean },
): Promise<Storage> {
  const port = await freePort()
  const args = [
    'serve',
    'restic',
    folder,
    '--addr',
    `127.0.0.1:${port}`,
    ...(appendOnly ? ['--append-only'] : []),
  ]
  return startProgram(RCLONE, args, port, {
    RCLONE_USER: user,
    RCLONE_PASS: password,
    RCLONE_CONFIG: '/dev/null',
  })
}

/** Over TLS, with one bucket `acme`. It knows one access key, `S3RVER`, and looks at nothing but that. */
export async function startS3(folder: string, tls: { certificate: string; key: string }): Promise<Storage> {
  const port = await freePort()
  const server = new S3rver({
    ...{ port, address: '127.0.0.1', directory: folder, silent: true },
    ...{ cert: tls.certificate, key: tls.key, configureBuckets: [{ name: 'acme', configs: [] }] },
  })
  await server.run()
  return { port, [Symbol.asyncDispose]: () => server.close() }
}

async function startProgram(
  program: string,
  args: readonly string[],
  port: number,
  environment: Record<string, string> = {},
): Promise<Storage> {
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...environment } })
  const ended = once(child, 'exit')
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  while (!(await answers(port))) {
    if (isOver) throw new Error(`${program} has ended before it listened.`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
