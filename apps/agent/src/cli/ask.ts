/**
 * Asks a person at the terminal, or reads what a program pipes in. Secrets are only ever read here: never from the
 * command line, where every user of the machine can see them, and never echoed.
 */
import { createInterface } from 'node:readline/promises'
import {
  address,
  DEFAULT_LINK_PORT,
  decodeJoinToken,
  MANAGEMENT_PASSWORD_LENGTH,
  serverName,
  sha256Hex,
} from '@holdfast/protocol'
import type { z } from 'zod'
import { Failure } from '../failure.ts'
import type { Joining } from '../state/portals.ts'
import { Cancelled } from './command.ts'
import { printable } from './words.ts'

export const isAtTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** From a join token; or, at a terminal and without one, from answers. Fails with `join_token_invalid`. */
export async function askJoining(): Promise<Joining> {
  if (!isAtTerminal()) return readToken(await nextLine())
  const { password } = await prompts()
  const pasted = await answer(
    password({
      message:
        'Paste the join token from the console (it stays invisible), or press Enter to answer one by one',
      mask: '',
      ...ASIDE,
    }),
  )
  return pasted.trim() === '' ? askOneByOne() : readToken(pasted)
}

/** Piped in, it is the line after the token. */
export function askProxyPassword(user: string): Promise<string> {
  return askPassword(`Password of ${printable(user)} at the proxy`)
}

/** At a terminal it is asked for; otherwise it is the next line of what is piped in. */
export async function askPassword(message: string): Promise<string> {
  if (!isAtTerminal()) return nextLine()
  const { password } = await prompts()
  return answer(password({ message, mask: '', ...ASIDE }))
}

/** The same for what is no secret. */
export async function askWord(message: string): Promise<string> {
  if (!isAtTerminal()) return nextLine()
  const { text } = await prompts()
  return answer(text({ message, ...ASIDE }))
}

export async function confirm(
  message: string,
  { initialValue }: { initialValue: boolean },
): Promise<boolean> {
  const { confirm: ask } = await prompts()
  return (await ask({ message, initialValue, ...ASIDE })) === true
}

function readToken(text: string): Joining {
  const token = decodeJoinToken(text)
  if (token === null) throw new Failure({ code: 'join_token_invalid' })
  return token
}

async function askOneByOne(): Promise<Joining> {
  const { text, password } = await prompts()
  const where = await answer(
    text({
      message: 'Address of the portal (Enter: it dials this server)',
      placeholder: `portal.example:${DEFAULT_LINK_PORT}`,
      validate: (typed) => (withPort(typed) === '' ? undefined : complaint(address, withPort(typed))),
      ...ASIDE,
    }),
  )
  const name = await answer(
    text({
      message: 'Name of this server',
      placeholder: 'customer/server',
      validate: (typed) => complaint(serverName, typed ?? ''),
      ...ASIDE,
    }),
  )
  const { min } = MANAGEMENT_PASSWORD_LENGTH
  const secret = await answer(
    password({
      message: 'Management password',
      validate: (typed) => ((typed ?? '').length < min ? `It has at least ${min} characters.` : undefined),
      ...ASIDE,
    }),
  )
  const certificate = await answer(
    text({
      message: "SHA-256 of the portal's certificate (Enter to go without: the password proves the portal)",
      validate: (typed) => (bareHash(typed) === '' ? undefined : complaint(sha256Hex, bareHash(typed))),
      ...ASIDE,
    }),
  )
  return {
    addresses: withPort(where) === '' ? [] : [withPort(where)],
    name: serverName.parse(name),
    password: secret,
    certificate: bareHash(certificate) || null,
  }
}

/** Loaded only for a person: the daemon has no use for it. */
const prompts = () => import('@clack/prompts')

/** Questions go to standard error, so that standard output holds answers only. */
const ASIDE = { output: process.stderr }

async function answer(asked: Promise<string | symbol>): Promise<string> {
  const given = await asked
  if (typeof given === 'symbol') throw new Cancelled()
  return given
}

function complaint(schema: z.ZodType, typed: string): string | undefined {
  return schema.safeParse(typed).error?.issues[0]?.message
}

function withPort(typed = ''): string {
  const bare = typed.trim()
  return /:\d+$/.test(bare) || bare === '' ? bare : `${bare}:${DEFAULT_LINK_PORT}`
}

/** Hashes are often shown in capitals and with colons. */
function bareHash(typed = ''): string {
  return typed.replace(/[\s:]/g, '').toLowerCase()
}

let piped: AsyncIterator<string> | null = null

/** One secret a line. What follows stays for whoever asks next; the pipe does not keep the program from ending. */
async function nextLine(): Promise<string> {
  piped ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  process.stdin.ref?.()
  const { done, value } = await piped.next()
  process.stdin.unref?.()
  return done ? '' : value
}
