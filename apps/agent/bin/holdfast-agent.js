#!/usr/bin/env node
/**
 * Finds what to run, and a Node that can run it. The agent needs Node 24 (SQLite and TypeScript without flags); an older
 * one that happens to be first on the PATH hands over to the one that npm installed beside us. Plain JavaScript on
 * purpose: it must also be readable by that older Node.
 *
 * `run` goes on for months on somebody else's server, so it is started with a small young generation and one memory
 * arena: 12 MiB less, measured. Both can only be chosen when a process begins.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NODE_MAJOR = 24
const FRUGAL = { flags: ['--max-semi-space-size=1'], env: { MALLOC_ARENA_MAX: '1' } }

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = join(root, 'dist', 'agent.js')
const program = existsSync(built) ? built : join(root, 'src', 'agent.ts')
const words = process.argv.slice(2)
const { flags, env } = words[0] === 'run' ? FRUGAL : { flags: [], env: {} }
const command = [...flags, program, ...words]

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) handOver()
else if (flags.length > 0 && process.execve && process.platform !== 'win32') becomeFrugal()
else await import(pathToFileURL(program).href)

/** Replaces this process by the same one with other flags: same pid, same terminal, no parent left behind. */
function becomeFrugal() {
  process.removeAllListeners('warning')
  process.execve(process.execPath, [process.execPath, ...command], { ...process.env, ...env })
}

function handOver() {
  const node = installedNode()
  if (node === null) {
    console.error(`The Holdfast agent needs Node ${NODE_MAJOR} or newer; this is ${process.versions.node}.`)
    console.error('Install it from https://nodejs.org, or run "npm ci" in the folder that this came from.')
    process.exitCode = 1
    return
  }
  const child = spawn(node, command, { stdio: 'inherit', env: { ...process.env, ...env } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128)
    // Our own handlers would keep us alive for ever.
    process.exit()
  })
}

/** The binary of the npm package `node`, or null. */
function installedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json')
    const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(binary) ? binary : null
  } catch {
    return null
  }
}
