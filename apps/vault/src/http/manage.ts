/**
 * What the portal may ask of the vault itself: whether it is one, how much lies in it, and whether it is whole. Nothing
 * can be changed here. Counting reads every folder, so it is done for one who asks at a time, and the others wait for
 * the same answer.
 */
import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  month,
  VAULT_HELLO_PATH,
  VAULT_REPORT_PATH,
  type VaultHello,
  type VaultReport,
} from '@holdfast/protocol/vault-management'
import { readManageToken } from '@holdfast/protocol/vault-token'
import manifest from '../../package.json' with { type: 'json' }
import type { Meter } from '../metering.ts'
import { readUsage } from '../usage.ts'
import { readVerified } from '../verified.ts'
import { Refused, unauthorized } from './refusals.ts'

export type ManageOptions = {
  readonly data: string
  readonly meter: Meter
  readonly tokenKeys: readonly KeyObject[]
}

/** Whether this is a question to the vault itself, and not to a repository in it. */
export function isForVault(url: string): boolean {
  return url.startsWith('/-/')
}

export class Manage {
  readonly #options: ManageOptions
  readonly #counting = new Map<string, Promise<VaultReport>>()

  constructor(options: ManageOptions) {
    this.#options = options
  }

  /** @throws Refused */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#admit(request.headers.authorization)
    if (request.method !== 'GET') throw new Refused('method_unknown', { Allow: 'GET' })
    const [path, query = ''] = (request.url ?? '').split('?')
    if (path === VAULT_HELLO_PATH) return send(response, HELLO)
    if (path !== VAULT_REPORT_PATH) throw new Refused('not_the_protocol')
    const asked = month.safeParse(new URLSearchParams(query).get('month'))
    if (!asked.success) throw new Refused('not_the_protocol')
    send(response, await this.#report(asked.data))
  }

  #admit(authorization: string | undefined): void {
    const [, token] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
    if (token === undefined) throw unauthorized('token_missing')
    const expiresAt = readManageToken(token, this.#options.tokenKeys)
    if (expiresAt === null) throw unauthorized('token_unusable')
    if (expiresAt * 1_000 <= Date.now()) throw unauthorized('token_expired')
  }

  #report(asked: string): Promise<VaultReport> {
    const counting =
      this.#counting.get(asked) ?? this.#count(asked).finally(() => this.#counting.delete(asked))
    this.#counting.set(asked, counting)
    return counting
  }

  async #count(asked: string): Promise<VaultReport> {
    const { data, meter } = this.#options
    await meter.flush()
    return { month: asked, customers: await readUsage(data, asked), verified: await readVerified(data) }
  }
}

const HELLO: VaultHello = { holdfastVault: 1, version: manifest.version }

function send(response: ServerResponse, answer: unknown): void {
  const text = JSON.stringify(answer)
  response
    .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
    .end(text)
}
