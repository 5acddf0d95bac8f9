/**
 * A server's repositories as people see them. A repository is made by its server, and the server says how that went. But
 * a command that was refused, expired or lost never reaches the point where the server would: then the command tells.
 */
import type { CommandState, Prisma, TenantClient } from '@holdfast/database'
import { type RefusalCode, type RepositoryPlace, repositoryPlace } from '@holdfast/protocol'
import { z } from 'zod'
import { COMMAND_EXPIRES_IN_MS } from './give-command.ts'
import { storedCode } from './stored-code.ts'

const columns = {
  ...{ id: true, name: true, place: true, location: true, state: true, errorCode: true, createdAt: true },
  credentialsAt: true,
} as const
type Row = Prisma.RepositoryGetPayload<{ select: typeof columns }>

export type Repository = Omit<Row, 'errorCode' | 'place'> & {
  readonly place: RepositoryPlace
  /** Why it failed. */
  readonly errorCode: RefusalCode | null
}

/** Oldest first. The server has been found to be the asker's own. */
export async function readRepositories(tx: TenantClient, serverId: string): Promise<Repository[]> {
  return (await readRepositoriesOf(tx, [serverId])).get(serverId) ?? []
}

/** The same of many servers, asked at once; nothing for a server that has none. */
export async function readRepositoriesOf(
  tx: TenantClient,
  serverIds: readonly string[],
): Promise<Map<string, Repository[]>> {
  const rows = await tx.repository.findMany({
    where: { serverId: { in: [...serverIds] } },
    select: { ...columns, serverId: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  const making = rows.flatMap(({ state, serverId }) => (state === 'creating' ? serverId : []))
  const asked = making.length > 0 ? await creationsOf(tx, [...new Set(making)]) : new Map<string, Creation>()
  const ofServer = Map.groupBy(rows, ({ serverId }) => serverId)
  return new Map([...ofServer].map(([serverId, own]) => [serverId, shown(own, asked)]))
}

function shown(
  rows: readonly (Row & { readonly serverId: string })[],
  asked: ReadonlyMap<string, Creation>,
): Repository[] {
  return rows.map(({ serverId: _, ...row }) => {
    const repository = { ...row, place: storedPlace(row) }
    if (row.state !== 'creating') return { ...repository, errorCode: storedCode(row.errorCode) }
    const { failure } = asked.get(row.id) ?? neverAsked(row)
    return failure === null
      ? { ...repository, errorCode: null }
      : { ...repository, state: 'failed', errorCode: failure }
  })
}

/** Reads what `repositories.create` wrote. */
export function storedPlace({ place }: { readonly place: string }): RepositoryPlace {
  return repositoryPlace.parse(JSON.parse(place))
}

/** `failure` is null while it may still succeed. */
type Creation = { readonly failure: RefusalCode | null }

const payload = z.object({ repositoryId: z.uuid() })
const CREATIONS_LOOKED_AT = 100
const CAME_TO_NOTHING: ReadonlySet<CommandState> = new Set(['failed', 'refused', 'expired', 'unknown'])

/** How far the newest attempt to make each repository came. */
async function creationsOf(tx: TenantClient, serverIds: readonly string[]): Promise<Map<string, Creation>> {
  const commands = await tx.command.findMany({
    where: { serverId: { in: [...serverIds] }, kind: 'createRepository' },
    select: { state: true, code: true, payload: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: CREATIONS_LOOKED_AT * serverIds.length,
  })
  const creations = new Map<string, Creation>()
  for (const { state, code, payload: body } of commands) {
    const { data } = payload.safeParse(body)
    if (data === undefined || creations.has(data.repositoryId)) continue
    const failure = CAME_TO_NOTHING.has(state) ? (storedCode(code) ?? 'interrupted') : null
    creations.set(data.repositoryId, { failure })
  }
  return creations
}

/** The portal may have gone down between writing the repository and writing the command for it. */
function neverAsked({ createdAt }: Pick<Row, 'createdAt'>): Creation {
  return { failure: Date.now() - createdAt.getTime() > COMMAND_EXPIRES_IN_MS ? 'command_expired' : null }
}
