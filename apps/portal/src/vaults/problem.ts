/** What a look at a vault came upon, kept with the vault: since when it goes wrong each time, and how the last time. */
import type { TenantClient } from '@holdfast/database'
import type { Refusal } from '@holdfast/protocol'
import { storable } from '#log/foreign.ts'

export const NO_PROBLEM = { problemCode: '', problemDetail: '', problemSince: null } as const

/** It may have been removed meanwhile. */
export async function keepProblem(
  tx: TenantClient,
  vault: { readonly id: string; readonly providerId: string },
  { code, detail = '' }: Refusal,
  at: Date,
): Promise<void> {
  const news = { lookedAt: at, problemCode: code, problemDetail: storable(detail, 500) }
  await tx.vault.updateMany({ where: vault, data: news })
  await tx.vault.updateMany({ where: { ...vault, problemSince: null }, data: { problemSince: at } })
}
