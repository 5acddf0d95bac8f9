/**
 * One fault, from a server on which all is well to the doctor's word: a machine and perhaps a network of its own, the
 * agent joined by the healthy way, then the fault, then `holdfast-agent doctor`. Everything is gone afterwards.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RefusalCode, refusalCode } from '@holdfast/protocol'
import { z } from 'zod'
import type { AgentInstallation } from '../agent/installation.ts'
import { until } from '../until.ts'
import { type Box, line } from './boxes.ts'
import { Front } from './front.ts'
import type { Credentials, Laboratory } from './laboratory.ts'
import { SiteNetwork } from './site-network.ts'

export type Fault = {
  readonly name: string
  /** What the doctor must call it; null for the control, in which nothing is wrong. */
  readonly expected: RefusalCode | null
  /** The facts of the case, which the doctor must name as well. */
  readonly facts?: readonly string[]
  /** In a network of its own. */
  readonly isInNetwork?: boolean
  /** What the agent was told, in place of what is right. */
  readonly credentials?: (right: Credentials) => Credentials
  /** How the doctor is to be asked once the fault is there. */
  readonly inject: (scene: Scene) => Promise<Ask | undefined>
}

export type Ask = { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> }

export type Answer = { readonly codes: readonly RefusalCode[]; readonly ms: number; readonly text: string }

const report = z.object({
  checks: z.array(z.object({ code: refusalCode.nullable(), outcome: z.string(), detail: z.string() })),
  code: z.string(),
  ok: z.boolean(),
})

export class Scene {
  readonly laboratory: Laboratory
  readonly front: Front
  /** Null on loopback. */
  readonly #network: SiteNetwork | null
  readonly #folder: string
  readonly #left: AsyncDisposableStack
  readonly #credentials: Credentials

  static async perform(laboratory: Laboratory, fault: Fault): Promise<Answer> {
    await using left = new AsyncDisposableStack()
    const network = fault.isInNetwork === true ? left.use(await SiteNetwork.make()) : null
    const hosts = network?.portalAddresses ?? ['127.0.0.1']
    const front = left.use(await Front.open(hosts, line(laboratory.gateway)))
    const { credentials: right } = laboratory
    const told = fault.credentials?.(right) ?? right
    const scene = new Scene(laboratory, front, network, await laboratory.newMachine(), left, told)
    await scene.#join()
    // Awaited here: what was opened must be there until the answer is.
    return await scene.ask(await fault.inject(scene))
  }

  private constructor(
    laboratory: Laboratory,
    front: Front,
    network: SiteNetwork | null,
    folder: string,
    left: AsyncDisposableStack,
    credentials: Credentials,
  ) {
    this.laboratory = laboratory
    this.front = front
    this.#network = network
    this.#folder = folder
    this.#left = left
    this.#credentials = credentials
  }

  get network(): SiteNetwork {
    if (this.#network === null) throw new Error('This fault plays on loopback.')
    return this.#network
  }

  /** host:port as the agent dials it. */
  get address(): string {
    return `${this.#network?.portalName ?? '127.0.0.1'}:${this.front.port}`
  }

  async become(box: Box): Promise<undefined> {
    await this.front.become(box)
  }

  /** Something else on our side that is there until this fault is over. */
  async open(box: Box, host = '127.0.0.1'): Promise<Front> {
    return this.#left.use(await Front.open([host], box))
  }

  async file(name: string, text: string): Promise<string> {
    const path = join(this.#folder, name)
    await writeFile(path, text)
    return path
  }

  /** Another machine with a copy of what this one was told, online. */
  async startTwin(): Promise<void> {
    const twin = this.laboratory.installation(await this.laboratory.newMachine(), this.#place)
    await twin.join(this.#token)
    const agent = await twin.start()
    this.#left.defer(async () => {
      await agent.stop()
    })
    await until('the twin is online', async () => (await twin.status())?.portals[0]?.state === 'online')
  }

  /** `holdfast-agent doctor --json` */
  async ask({ args = [], env = {} }: Ask = {}): Promise<Answer> {
    const agent = this.laboratory.installation(this.#folder, { ...this.#place, env })
    const { stdout, stderr, elapsedMs } = await agent.command(['doctor', '--json', ...args])
    const parsed = report.safeParse(readJson(stdout))
    if (!parsed.success) throw new Error(`The doctor gave no report: ${stderr}${stdout}`)
    const codes = parsed.data.checks.flatMap(({ code }) => (code === null ? [] : [code]))
    return { codes: [...new Set(codes)], ms: Math.round(elapsedMs), text: stdout }
  }

  get #place(): { launcher: readonly string[] } {
    return { launcher: this.#network?.launcher ?? [] }
  }

  get #token(): string {
    return this.laboratory.token(this.address, this.#credentials)
  }

  /** What is wrong from the beginning can only be remembered while the portal cannot be reached to say so. */
  async #join(): Promise<void> {
    const agent: AgentInstallation = this.laboratory.installation(this.#folder, this.#place)
    if (this.#credentials === this.laboratory.credentials) return agent.join(this.#token)
    await this.front.close()
    await agent.command(['join', '--keep'], `${this.#token}\n`)
    await this.front.become(line(this.laboratory.gateway))
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
