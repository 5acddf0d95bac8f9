/**
 * Builders: each makes one believable row and returns it, taking the row it belongs to, so that tenants cannot be mixed
 * up. Demo, end-to-end tests, benchmarks and unit tests share them. Every value can be overridden.
 *
 *   provider ─ user ─ session
 *      ├─ vault
 *      ├─ template ─ application (of the provider, or of a customer)
 *      └─ customer ─ site ─ server ─ presence, cursor, copy, log entry
 *            └─ recovery key   ├─ repository ─ plan ─ run, drill
 *                              │       └─ sealed key
 *                              ├─ condition
 *                              └─ command (by a user) ─ restore
 */
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid'
import type {
  Customer,
  Plan,
  PlanTemplate,
  Prisma,
  Repository,
  Server,
  Site,
  User,
} from '../generated/client.ts'
import type { TenantClient } from '../tenant.ts'
import { CUSTOMER_NAMES, type Draw, draw, nextNumber, SERVER_NAMES, SITE_NAMES } from './names.ts'

/** Verifies no password: pass a real hash where somebody shall sign in. */
export const NO_PASSWORD = '!'
/** As long as a real OPAQUE record, and proves nothing: pass a real one where an agent shall connect. */
export const NO_RECORD = 'A'.repeat(256)

type Given<Row> = Partial<Omit<Row, 'providerId' | 'customerId'>>

const MINUTE_MS = 60_000
const GIB = 1024 ** 3

export function seedUser(
  tx: TenantClient,
  of: { readonly providerId: string; readonly customerId: string | null },
  given: Given<Prisma.UserUncheckedCreateInput> = {},
) {
  const { text, number } = draw(['Robin Keller', 'Sam Ortiz', 'Alex Novak', 'Kim Larsen', 'Jo Marchetti'])
  return tx.user.create({
    data: {
      name: text,
      email: `${text.split(' ')[0]?.toLowerCase()}.${number}@example.com`,
      role: of.customerId === null ? 'technician' : 'customer_admin',
      passwordHash: NO_PASSWORD,
      ...given,
      providerId: of.providerId,
      customerId: of.customerId,
    },
  })
}

export function seedSession(
  tx: TenantClient,
  user: User,
  given: Given<Prisma.UserSessionUncheckedCreateInput> = {},
) {
  return tx.userSession.create({
    data: {
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      expiresAt: minutesFromNow(12 * 60),
      ...given,
      providerId: user.providerId,
      customerId: user.customerId,
      userId: user.id,
    },
  })
}

export function seedCustomer(
  tx: TenantClient,
  provider: { readonly id: string },
  given: Given<Prisma.CustomerUncheckedCreateInput> = {},
) {
  const name = given.name ?? numbered(draw(CUSTOMER_NAMES))
  return tx.customer.create({ data: { handle: handleOf(name), ...given, name, providerId: provider.id } })
}

/** Answered a minute ago, unless told otherwise. */
export function seedVault(
  tx: TenantClient,
  provider: { readonly id: string },
  given: Given<Prisma.VaultUncheckedCreateInput> = {},
) {
  return tx.vault.create({
    data: {
      name: `Vault ${nextNumber()}`,
      address: 'vault.example:4401',
      lookedAt: minutesFromNow(-1),
      reachedAt: minutesFromNow(-1),
      version: '0.1.0',
      ...given,
      providerId: provider.id,
    },
  })
}

/** What a vault said of a repository: a little of everything, and one object that has rotted. */
export async function seedVaultUse(
  tx: TenantClient,
  vault: { readonly id: string },
  { id: repositoryId, serverId, customerId, providerId }: Repository,
) {
  const whose = { providerId, customerId, serverId }
  const name = uuidv4().replaceAll('-', '').padEnd(64, '0')
  const at = minutesFromNow(-20)
  const amounts = { bytesIn: 3 * GIB, bytesOut: GIB, requests: 900 }
  const month = at.toISOString().slice(0, 7)
  await tx.vaultStock.create({
    data: { ...whose, repositoryId, bytes: 40 * GIB, trashBytes: 2 * GIB, countedAt: at },
  })
  await tx.vaultCount.create({ data: { ...whose, repositoryId, bytes: 40 * GIB, firstAt: at, lastAt: at } })
  await tx.vaultTraffic.create({ data: { ...whose, vaultId: vault.id, month, ...amounts } })
  const found = { kind: 'data', name, isInTrash: false, found: '0'.repeat(64), foundAt: at }
  await tx.vaultDamage.create({ data: { ...whose, repositoryId, vaultId: vault.id, ...found } })
}

export function seedSite(
  tx: TenantClient,
  customer: Customer,
  given: Given<Prisma.SiteUncheckedCreateInput> = {},
) {
  return tx.site.create({
    data: {
      name: numbered(draw(SITE_NAMES)),
      timeZone: 'Europe/Zurich',
      ...given,
      providerId: customer.providerId,
      customerId: customer.id,
    },
  })
}

export function seedServer(
  tx: TenantClient,
  site: Site,
  given: Given<Prisma.ServerUncheckedCreateInput> = {},
) {
  const { text, number } = draw(SERVER_NAMES)
  return tx.server.create({
    data: {
      name: `${text}${number}`,
      opaqueRecord: NO_RECORD,
      ...given,
      providerId: site.providerId,
      customerId: site.customerId,
      siteId: site.id,
    },
  })
}

/** Online, unless told otherwise. */
export function seedPresence(
  tx: TenantClient,
  server: Server,
  given: Given<Prisma.ServerPresenceUncheckedCreateInput> = {},
) {
  return tx.serverPresence.create({
    data: {
      online: true,
      lastProofAt: minutesFromNow(0),
      instance: uuidv4(),
      session: 1,
      address: '198.51.100.24',
      agentVersion: '0.1.0',
      hostname: server.name,
      platform: 'linux-x64',
      resticVersion: '0.18.1',
      ...given,
      serverId: server.id,
      providerId: server.providerId,
      customerId: server.customerId,
    },
  })
}

/** A second machine that claims to be the server. */
export function seedServerCopy(
  tx: TenantClient,
  server: Server,
  given: Given<Prisma.ServerCopyUncheckedCreateInput> = {},
) {
  return tx.serverCopy.create({
    data: {
      instance: uuidv4(),
      hostname: `${server.name}-copy`,
      address: '198.51.100.77',
      ...given,
      serverId: server.id,
      providerId: server.providerId,
      customerId: server.customerId,
    },
  })
}

export function seedRepository(
  tx: TenantClient,
  server: Server,
  given: Given<Prisma.RepositoryUncheckedCreateInput> = {},
) {
  const location = given.location ?? `/mnt/backup/${server.name}-${nextNumber()}`
  return tx.repository.create({
    data: {
      name: 'Backup disk',
      location,
      place: JSON.stringify({ kind: 'folder', folder: location }),
      state: 'ready',
      ...given,
      ...ofServer(server),
    },
  })
}

/** As an agent makes one, of nobody. */
export const NO_RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

export function seedRecoveryKey(
  tx: TenantClient,
  customer: Customer,
  given: Given<Prisma.RecoveryKeyUncheckedCreateInput> = {},
) {
  const of = { providerId: customer.providerId, customerId: customer.id }
  return tx.recoveryKey.create({
    data: { recipient: NO_RECIPIENT, createdByName: 'Bill Stone', ...given, ...of },
  })
}

/** Opens nothing. */
export function seedSealedKey(
  tx: TenantClient,
  { providerId, customerId, serverId, id: repositoryId }: Repository,
  given: Given<Prisma.SealedKeyUncheckedCreateInput> = {},
) {
  const sealed = '-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----\n'
  const of = { providerId, customerId, serverId, repositoryId }
  return tx.sealedKey.create({ data: { recipient: NO_RECIPIENT, sealed, ...given, ...of } })
}

export function seedPlan(
  tx: TenantClient,
  repository: Repository,
  given: Given<Prisma.PlanUncheckedCreateInput> = {},
) {
  return tx.plan.create({
    data: {
      name: 'Documents and settings',
      sources: ['/srv/documents', '/etc'],
      agentRevision: 1,
      ...given,
      providerId: repository.providerId,
      customerId: repository.customerId,
      serverId: repository.serverId,
      repositoryId: repository.id,
    },
  })
}

/** Of the provider, or of one of its customers. */
export function seedPlanTemplate(
  tx: TenantClient,
  { providerId, customerId }: { readonly providerId: string; readonly customerId: string | null },
  given: Given<Prisma.PlanTemplateUncheckedCreateInput> = {},
) {
  return tx.planTemplate.create({
    data: {
      name: `Nightly documents ${nextNumber()}`,
      sources: ['/srv/documents'],
      target: '{"kind":"first"}',
      ...given,
      providerId,
      customerId,
    },
  })
}

/** That changed nothing, unless told otherwise. */
export function seedTemplateApplication(
  tx: TenantClient,
  { providerId, customerId, id: templateId, name: templateName, revision: templateRevision }: PlanTemplate,
  given: Given<Prisma.TemplateApplicationUncheckedCreateInput> = {},
) {
  const of = { providerId, customerId, templateId, templateName, templateRevision }
  return tx.templateApplication.create({
    data: { changes: '[]', created: 0, changed: 0, appliedByName: 'Bill Stone', ...given, ...of },
  })
}

/** Succeeded a while ago, unless told otherwise. */
export function seedRun(tx: TenantClient, plan: Plan, given: Given<Prisma.RunUncheckedCreateInput> = {}) {
  return tx.run.create({ data: { ...runOf(plan), ...given } })
}

/** The values of a believable run, for builders that insert many at once. */
export function runOf(plan: Plan, minutesAgo = 90): Prisma.RunUncheckedCreateInput {
  const number = nextNumber()
  return {
    id: uuidv7(),
    providerId: plan.providerId,
    customerId: plan.customerId,
    serverId: plan.serverId,
    planId: plan.id,
    repositoryId: plan.repositoryId,
    planRevision: plan.revision,
    state: 'succeeded',
    startedAt: minutesFromNow(-minutesAgo),
    finishedAt: minutesFromNow(-minutesAgo + 3 + (number % 20)),
    snapshotId: uuidv4().replaceAll('-', '').padEnd(64, '0'),
    filesNew: number % 400,
    filesChanged: number % 90,
    filesUnmodified: 41_000 + number,
    bytesProcessed: 120 * GIB,
    bytesAdded: Math.round(((number % 50) / 10) * GIB),
  }
}

export function seedCommand(
  tx: TenantClient,
  server: Server,
  user: { readonly id: string; readonly name: string },
  given: Given<Prisma.CommandUncheckedCreateInput> = {},
) {
  return tx.command.create({
    data: {
      kind: 'startRun',
      payload: {},
      reason: 'Back up now',
      state: 'succeeded',
      deadline: minutesFromNow(15),
      ...given,
      ...ofServer(server),
      requestedBy: user.id,
      requestedByName: user.name,
    },
  })
}

/** What came of it: it succeeded, unless told otherwise. */
export function seedRestore(
  tx: TenantClient,
  command: { readonly id: string },
  server: Server,
  given: Given<Prisma.RestoreUncheckedCreateInput> = {},
) {
  return tx.restore.create({
    data: {
      state: 'succeeded',
      startedAt: minutesFromNow(-2),
      finishedAt: minutesFromNow(-1),
      items: '[]',
      ...given,
      id: command.id,
      ...ofServer(server),
    },
  })
}

/** Another server of the same customer that may read the repository. */
export function seedRepositoryReader(
  tx: TenantClient,
  server: Server,
  repository: Repository,
  given: Given<Prisma.RepositoryReaderUncheckedCreateInput> = {},
) {
  return tx.repositoryReader.create({
    data: { ...given, ...ofServer(server), repositoryId: repository.id, ownerId: repository.serverId },
  })
}

export function seedReportCursor(
  tx: TenantClient,
  server: Server,
  given: Given<Prisma.ReportCursorUncheckedCreateInput> = {},
) {
  return tx.reportCursor.create({
    data: { journalId: uuidv4(), lastSequence: 1, ...given, ...ofServer(server) },
  })
}

export function seedLogEntry(
  tx: TenantClient,
  server: Server,
  given: Given<Prisma.ManagementLogEntryUncheckedCreateInput> = {},
) {
  return tx.managementLogEntry.create({
    data: {
      kind: 'link',
      code: 'online',
      subject: server.name,
      address: '198.51.100.24',
      ...given,
      ...ofServer(server),
    },
  })
}

/** Open, unless told otherwise. */
export function seedCondition(
  tx: TenantClient,
  server: Server,
  given: Given<Prisma.ConditionUncheckedCreateInput> = {},
) {
  return tx.condition.create({
    data: {
      siteId: server.siteId,
      subject: `server ${server.id}`,
      code: 'agent_silent',
      severity: 'warning',
      ...given,
      ...ofServer(server),
    },
  })
}

/** Passed, unless told otherwise. */
export function seedDrill(tx: TenantClient, plan: Plan, given: Given<Prisma.DrillUncheckedCreateInput> = {}) {
  return tx.drill.create({
    data: {
      id: uuidv7(),
      snapshotId: 'ab'.repeat(32),
      startedAt: minutesFromNow(-10),
      finishedAt: minutesFromNow(-9),
      hasPassed: true,
      files: 50,
      filesWrong: 0,
      bytes: 41_000_000,
      manifestDigest: 'cd'.repeat(32),
      isKnownManifest: true,
      signedText: 'holdfast-drill-1\n[]\n',
      publicKey: 'A'.repeat(43),
      signature: 'A'.repeat(86),
      isSigned: true,
      isKnownKey: true,
      ...given,
      providerId: plan.providerId,
      customerId: plan.customerId,
      serverId: plan.serverId,
      planId: plan.id,
      repositoryId: plan.repositoryId,
    },
  })
}

function ofServer(server: Server) {
  return { providerId: server.providerId, customerId: server.customerId, serverId: server.id }
}

function numbered({ text, number }: Draw): string {
  return `${text} ${number}`
}

function handleOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 63)
}

function minutesFromNow(minutes: number): Date {
  return new Date(Date.now() + minutes * MINUTE_MS)
}
