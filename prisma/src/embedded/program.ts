/** Runs one of PostgreSQL's own programs to its end. */
import { spawn } from 'node:child_process'
import { POWERLESS, type RunAs } from './run-as.ts'

export type Ended = { readonly code: number | null; readonly output: string }

/**
 * Its environment is empty but for what it needs: a stray PGDATA or PGPORT of the caller would lead it elsewhere.
 * It starts in `/`, because a caller's folder may be closed to the user it runs as.
 */
export function runProgram(path: string, args: readonly string[], user: RunAs): Promise<Ended> {
  // NODE_ENV means nothing to PostgreSQL, but under Next's types no environment may be without it.
  const environment = {
    NODE_ENV: 'production',
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LC_ALL: 'C',
  } as const
  return new Promise((resolve, reject) => {
    const [program, ...before] = user?.as === 'powerless root' ? [...POWERLESS, path] : [path]
    const child = spawn(program, [...before, ...args], {
      cwd: '/',
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(user?.as === 'user' && { uid: user.uid, gid: user.gid }),
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output: output.trim() }))
  })
}
