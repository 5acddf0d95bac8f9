#!/usr/bin/env node
/**
 * Finds a Node that can run the vault. It needs Node 24 (TypeScript without flags); an older one that happens to be first
 * on the PATH hands over to the one that npm installed beside us. Plain JavaScript on purpose: it must also be readable
 * by that older Node.
 *
 * `serve` goes on for years and mostly moves bytes: with a small young generation and one helper of the collector it
 * needs less memory and less CPU, measured. Both can only be chosen when a process begins.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NODE_MAJOR = 24
const FRUGAL = ['--max-semi-space-size=2', '--v8-pool-size=1']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = join(root, 'dist', 'vault.js')
const program = existsSync(built) ? built : join(root, 'src', 'main.ts')

const words = process.argv.slice(2)
const flags = words[0] === 'serve' ? FRUGAL : []
const command = [...flags, program, ...words]

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) handOver()
else if (flags.length > 0 && process.execve && process.platform !== 'win32') becomeFrugal()
else await import(pathToFileURL(program).href)

/** Replaces this process by the same one with other flags: same pid, same terminal, no parent left behind. */
function becomeFrugal() {
  process.removeAllListeners('warning')
  process.execve(process.execPath, [process.execPath, ...command], process.env)
}

function handOver() {
  const node = installedNode()
  if (node === null) {
    console.error(`The Holdfast vault needs Node ${NODE_MAJOR} or newer; this is ${process.versions.node}.`)
    console.error('Install it from https://nodejs.org, or run "npm ci" in the folder that this came from.')
    process.exitCode = 1
    return
  }
  const child = spawn(node, command, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // Our own handlers would keep us alive for ever.
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)))
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
