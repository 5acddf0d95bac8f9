/** The second vault, in which a copy of everything is kept: which one it is, and how far the copy is. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { forgetSecond, readCopied, readSecond, setSecond } from '../second/settings.ts'
import { DEFAULT_VAULT_PORT, type Settings } from '../settings.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { sizeInWords } from './words.ts'

export const second: CliCommand = async ([does, ...args], { data }: Settings) => {
  const { values, positionals } = parseArgs({
    args,
    options: { certificate: { type: 'string' }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const [address, ...more] = positionals
  if (does === 'set' && address !== undefined && more.length === 0)
    return set(data, address, values.certificate)
  if (does === 'status' && address === undefined) return status(data, values.json)
  if (does === 'remove' && address === undefined) return remove(data)
  throw new UsageError('Say "second set HOST:PORT", "second status" or "second remove".')
}

async function set(data: string, address: string, certificateFile: string | undefined): Promise<number> {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9.-]+))(?::(\d{1,5}))?$/.exec(address) ?? []
  const host = bracketed ?? plain
  if (host === undefined) throw new UsageError(`"${address}" is no address: HOST or HOST:PORT is needed.`)
  const certificate = certificateFile === undefined ? null : await readFile(certificateFile, 'utf8')
  const key = await setSecond(data, { host, port: Number(port ?? DEFAULT_VAULT_PORT), certificate })
  hint('On the other vault, let this one in, and start it again:')
  say(`holdfast-vault key trust ${key}`)
  hint('This one copies from its next start on.')
  return EXIT.done
}

async function status(data: string, json: boolean): Promise<number> {
  const where = await readSecond(data)
  if (where === null) {
    hint('There is no second vault: everything that lies here lies here only.')
    return EXIT.failed
  }
  const copied = Object.entries(await readCopied(data))
  const { host, port } = where
  if (json) say(JSON.stringify({ host, port, repositories: Object.fromEntries(copied) }))
  else {
    say(`Second copies go to ${host}, port ${port}.`)
    if (copied.length === 0) say('  Nothing was copied yet.')
    for (const [name, { completeAt, objectsBehind, bytesBehind, error }] of copied) {
      const behind =
        objectsBehind === 0 ? '' : `, ${objectsBehind} objects (${sizeInWords(bytesBehind)}) behind`
      say(`  ${name}  ${completeAt === null ? 'never complete' : `complete at ${completeAt}`}${behind}`)
      if (error !== '') say(`    ${error}`)
    }
  }
  return copied.every(([, { error }]) => error === '') ? EXIT.done : EXIT.failed
}

async function remove(data: string): Promise<number> {
  if (!(await forgetSecond(data))) {
    hint('There was no second vault.')
    return EXIT.failed
  }
  hint('Nothing more is copied from the next start on. What was copied stays where it is.')
  return EXIT.done
}
