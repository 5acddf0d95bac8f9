/**
 * What a request asks for. The path is taken as it came: nothing is decoded and nothing is normalised, so `..`, `%2e`,
 * a double slash or a letter too many simply do not match, and no path of the wire ever meets one of the disk.
 *
 *   POST /<repository>/?create=true          GET HEAD POST DELETE /<repository>/config
 *   GET /<repository>/<kind>/                GET HEAD POST DELETE /<repository>/<kind>/<name>
 */
import type { VaultMode } from '@holdfast/protocol/vault-token'
import { isObjectId, isObjectKind, type ObjectKind, type Target } from '../storage/places.ts'
import { Refused } from './refusals.ts'

export type Route =
  | { readonly does: 'create' }
  | { readonly does: 'list'; readonly kind: ObjectKind }
  | { readonly does: 'look' | 'read' | 'write' | 'delete'; readonly target: Target }

const PATH = /^\/([a-z0-9-]{1,63})\/(?:(config)|([a-z]{4,9})\/([0-9a-f]{64})?)?(\?create=true)?$/

const ON_TARGET: Readonly<Record<string, 'look' | 'read' | 'write' | 'delete'>> = {
  HEAD: 'look',
  GET: 'read',
  POST: 'write',
  DELETE: 'delete',
}

/** @throws Refused */
export function readRoute(
  method: string,
  url: string,
): { readonly repository: string; readonly route: Route } {
  const [matched, repository = '', config, kind, name, create] = PATH.exec(url) ?? []
  if (matched === undefined) throw new Refused('not_the_protocol')
  return { repository, route: routeOf(method, { config, kind, name, create }) }
}

type Parts = Readonly<Record<'config' | 'kind' | 'name' | 'create', string | undefined>>

function routeOf(method: string, { config, kind, name, create }: Parts): Route {
  if (config === undefined && kind === undefined) {
    if (method === 'DELETE') throw new Refused('not_offered')
    if (method !== 'POST') throw new Refused('method_unknown', { Allow: 'POST' })
    if (create === undefined) throw new Refused('not_the_protocol')
    return { does: 'create' }
  }
  if (create !== undefined) throw new Refused('not_the_protocol')
  if (kind !== undefined && name === undefined) {
    if (!isObjectKind(kind)) throw new Refused('not_the_protocol')
    if (method !== 'GET') throw new Refused('method_unknown', { Allow: 'GET' })
    return { does: 'list', kind }
  }
  const target = targetOf(config, kind, name)
  const does = ON_TARGET[method]
  if (does === undefined) throw new Refused('method_unknown', { Allow: Object.keys(ON_TARGET).join(', ') })
  return { does, target }
}

function targetOf(config: string | undefined, kind = '', name = ''): Target {
  if (config !== undefined) return { kind: 'config' }
  if (!isObjectKind(kind) || !isObjectId(name)) throw new Refused('not_the_protocol')
  return { kind, id: name }
}

/** @throws Refused `mode_forbids` */
export function requireMode(mode: VaultMode, route: Route): void {
  if (!isAllowed(mode, route)) throw new Refused('mode_forbids')
}

function isAllowed(mode: VaultMode, route: Route): boolean {
  switch (route.does) {
    case 'look':
    case 'read':
    case 'list':
      return true
    case 'create':
    case 'write':
      return mode !== 'read'
    case 'delete':
      return mode === 'full' || (mode === 'append' && route.target.kind === 'locks')
  }
}
