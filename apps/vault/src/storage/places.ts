/**
 * Where everything lies. Nothing that came over the wire ever becomes a path: ids of customers and repositories have
 * passed `vaultId`, names of objects are 64 hexadecimal digits, kinds are one of five words.
 *
 *   <data>/
 *     customers/<customer>/
 *       policy.json                     what a person at the vault decided for this customer
 *       metering/2026-11.json           bytes in and out of each server, month by month
 *       repositories/<repository>/      restic's own layout: plain restic opens it where it lies
 *         config  data/00..ff/  index/  keys/  locks/  snapshots/
 *         incoming/                     what is being received; emptied at each start
 *         trash/<kind>/                 what was deleted, see trash/trash.ts
 */
import { join } from 'node:path'
import type { VaultClaims } from '@holdfast/protocol/vault-token'

export const OBJECT_KINDS = ['data', 'index', 'keys', 'locks', 'snapshots'] as const
export type ObjectKind = (typeof OBJECT_KINDS)[number]

const MIB = 1024 * 1024

/** Several times what restic ever makes of a kind. */
export const OBJECT_BYTES_MAX: Record<ObjectKind | 'config', number> = {
  config: MIB / 16,
  keys: MIB / 16,
  locks: MIB / 16,
  snapshots: 64 * MIB,
  index: 1_024 * MIB,
  data: 1_024 * MIB,
}

/** The SHA-256 of what it holds, in lower-case hexadecimal. Only `readObjectId` makes one. */
export type ObjectId = string & { readonly isObjectId: never }

export type Target = { readonly kind: ObjectKind; readonly id: ObjectId } | { readonly kind: 'config' }

export function isObjectKind(text: string): text is ObjectKind {
  return OBJECT_KINDS.some((kind) => kind === text)
}

export function isObjectId(text: string): text is ObjectId {
  return /^[0-9a-f]{64}$/.test(text)
}

export type RepositoryName = Pick<VaultClaims, 'customer' | 'repository'>

export function customersFolder(data: string): string {
  return join(data, 'customers')
}

export function customerFolder(data: string, customer: string): string {
  return join(customersFolder(data), customer)
}

export function repositoriesFolder(data: string, customer: string): string {
  return join(customerFolder(data, customer), 'repositories')
}

export function repositoryFolder(data: string, { customer, repository }: RepositoryName): string {
  return join(repositoriesFolder(data, customer), repository)
}

/** The folder in which an object lies, relative to its repository. Packs are spread over 256 of them. */
export function shelfOf(target: Target): string {
  if (target.kind === 'config') return ''
  return target.kind === 'data' ? join('data', target.id.slice(0, 2)) : target.kind
}

export function nameOf(target: Target): string {
  return target.kind === 'config' ? 'config' : target.id
}
