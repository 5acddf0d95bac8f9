/** What a rule gives: a condition that holds now. The store makes rows of it (store.ts). */
import type { ConditionSeverity } from '@holdfast/database'
import type { ConditionCode } from './codes.ts'
import type { PlanEvidence, ServerEvidence } from './evidence.ts'

/** What the sentence of a condition is made of. Texts may be an agent's: they are shown, never believed. */
export type Facts = Readonly<Record<string, string | number | null>>

export type Subject = {
  readonly customerId: string | null
  readonly siteId: string | null
  readonly serverId: string | null
  readonly planId: string | null
  readonly repositoryId: string | null
  readonly subject: string
}

export type Found = Subject & {
  readonly code: ConditionCode
  readonly severity: ConditionSeverity
  /** Since when it is so, as far as is known. */
  readonly since: Date
  readonly facts: Facts
}

export type Finding = Pick<Found, 'code' | 'severity' | 'since'> & { readonly facts?: Facts }

export function aboutServer(
  { id, customerId, siteId }: Pick<ServerEvidence, 'id' | 'customerId' | 'siteId'>,
  finding: Finding,
): Found {
  const where = { customerId, siteId, serverId: id, planId: null, repositoryId: null }
  return { ...where, subject: `server ${id}`, facts: {}, ...finding }
}

export function aboutPlan(server: ServerEvidence, plan: PlanEvidence, finding: Finding): Found {
  const { id, customerId, siteId } = server
  return {
    ...{ customerId, siteId, serverId: id, planId: plan.id, repositoryId: plan.repositoryId },
    subject: `plan ${plan.id}`,
    ...finding,
    facts: { plan: plan.name, ...finding.facts },
  }
}

export function aboutRepository(
  server: ServerEvidence,
  { repositoryId, repositoryName }: Pick<PlanEvidence, 'repositoryId' | 'repositoryName'>,
  finding: Finding,
): Found {
  const { id, customerId, siteId } = server
  return {
    ...{ customerId, siteId, serverId: id, planId: null, repositoryId },
    subject: `repository ${repositoryId}`,
    ...finding,
    facts: { repository: repositoryName, ...finding.facts },
  }
}

const NOWHERE = { customerId: null, siteId: null, serverId: null, planId: null, repositoryId: null }

export function aboutCustomer(customerId: string, finding: Finding): Found {
  return { ...NOWHERE, customerId, subject: `customer ${customerId}`, facts: {}, ...finding }
}

/** The provider's own: no customer sees it. */
export function aboutVault(
  { id, name }: { readonly id: string; readonly name: string },
  finding: Finding,
): Found {
  return { ...NOWHERE, subject: `vault ${id}`, ...finding, facts: { vault: name, ...finding.facts } }
}

/** About a place, and every server there: of a site, or of the whole provider. */
export function aboutPlace(
  { customerId, siteId }: { readonly customerId: string | null; readonly siteId: string | null },
  finding: Finding,
): Found {
  const subject = siteId === null ? 'provider' : `site ${siteId}`
  return {
    customerId,
    siteId,
    serverId: null,
    planId: null,
    repositoryId: null,
    subject,
    facts: {},
    ...finding,
  }
}
