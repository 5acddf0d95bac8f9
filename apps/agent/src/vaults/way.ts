/**
 * By which way restic gets to a vault: to its own address, or, where the site lets out nothing but links, through the
 * portal's port.
 *
 *   does its own address answer with its certificate? ──► straight
 *     └─ no: does it through the portal? ──► through the portal: a proxy on this machine for each restic
 *              └─ no ──► straight: restic finds out why, and says it
 *
 * What was found out holds for some minutes. Either way it is the vault's own certificate that restic checks.
 */
import { isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { VAULT_RELAY, type Vault } from '@holdfast/protocol'
import type { Way } from '../engine/index.ts'
import { FROM_ENVIRONMENT, proxyFor, splitAddress } from '../link/proxy.ts'
import { openSideWay, orClosed } from '../link/side-way.ts'
import { openTunnel } from '../link/tunnel.ts'
import type { State } from '../state/state.ts'
import { ConnectProxy } from './connect-proxy.ts'

const REMEMBERED_MS = 5 * 60_000
/** A satellite needs two seconds for TCP and TLS. */
const TRY_MS_MAX = 6_000

type Found = { readonly isThroughPortal: boolean; readonly untilMs: number }
const found = new WeakMap<State, Map<string, Found>>()

export type WayQuestion = {
  readonly vault: Vault
  readonly portalId: string
  readonly state: State
  /** Proves to the portal that this server may reach the vault: made anew each time. */
  readonly token: () => string
}

/** Null: straight, as restic goes by itself. */
export async function wayTo(question: WayQuestion): Promise<(() => Promise<Way>) | null> {
  const { vault, portalId, state } = question
  if (vault.isRelayed !== true) return null
  const known = found.get(state) ?? new Map<string, Found>()
  found.set(state, known)
  const key = JSON.stringify([portalId, vault])
  const last = known.get(key)
  if (last !== undefined && last.untilMs > performance.now())
    return last.isThroughPortal ? () => openWay(question, () => known.delete(key)) : null

  const isStraight = await answers(vault, () => straight(vault.address))
  const isThroughPortal = !isStraight && (await answers(vault, () => throughPortal(question)))
  if (isStraight || isThroughPortal)
    known.set(key, { isThroughPortal, untilMs: performance.now() + REMEMBERED_MS })
  if (!isThroughPortal) return null
  note(state, vault)
  return () => openWay(question, () => known.delete(key))
}

async function openWay(question: WayQuestion, failed: () => void): Promise<Way> {
  const proxy = await ConnectProxy.start(question.vault.address, () =>
    throughPortal(question).catch((error: unknown) => {
      failed()
      throw error
    }),
  )
  // Both spellings, because it depends on the program which one wins; and no exceptions that the site may have made.
  const environment = { HTTPS_PROXY: proxy.url, https_proxy: proxy.url, NO_PROXY: '', no_proxy: '' }
  return { environment, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() }
}

async function throughPortal({ vault, portalId, state, token }: WayQuestion): Promise<Socket> {
  const portal = state.portals.find(portalId)
  if (portal === null) throw new Error('The portal was left.')
  return openSideWay(portal, {
    path: `${VAULT_RELAY.path}${vault.id}`,
    protocol: VAULT_RELAY.protocol,
    authorization: `Bearer ${token()}`,
  })
}

/** As restic connects: by the environment's proxy, if there is one. Null: TLS makes its own connection. */
async function straight(address: string): Promise<Socket | null> {
  const proxy = proxyFor(address, FROM_ENVIRONMENT, process.env)
  return proxy && openTunnel(proxy, address, { signal: AbortSignal.timeout(TRY_MS_MAX) })
}

/** Whether the vault proves itself there. */
async function answers({ address, authority }: Vault, reach: () => Promise<Socket | null>): Promise<boolean> {
  try {
    const socket = await reach()
    const { host, port } = splitAddress(address)
    const tls = connectTls({
      ...(socket === null ? { host, port } : { socket }),
      // Without a name, an address is what the certificate must be for.
      ...(isIP(host) ? { host } : { servername: host }),
      ...(authority !== null && { ca: authority }),
    })
    const patience = setTimeout(() => tls.destroy(), TRY_MS_MAX)
    try {
      await orClosed(tls, 'secureConnect')
      return true
    } finally {
      clearTimeout(patience)
      tls.destroy()
      socket?.destroy()
    }
  } catch {
    return false
  }
}

function note(state: State, { name, address }: Vault): void {
  const text = `${address} cannot be reached from here: snapshots go through the portal`
  try {
    state.log.write({ level: 'info', subject: `vault ${name}`, code: null, text })
  } catch {
    // A log that cannot be written is no reason to stop working.
  }
}
