/** What became of a click: the state of one command. */
import type { z } from 'zod'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { storedCode } from '#trpc/stored-code.ts'
import type { getInput } from './schema.ts'

export async function get({ db, tenant }: Scope, { commandId }: z.output<typeof getInput>) {
  const { providerId } = tenant
  const { command, run } = await db(async (tx) => {
    const command = await tx.command.findFirst({
      where: { id: commandId, providerId },
      select: {
        id: true,
        serverId: true,
        kind: true,
        state: true,
        code: true,
        detail: true,
        reason: true,
        requestedByName: true,
        createdAt: true,
        changedAt: true,
        deadline: true,
      },
    })
    if (command === null) throw fail('not_found')
    const { serverId, kind, createdAt } = command
    const run =
      kind === 'startRun'
        ? await tx.run.findFirst({
            // The server's clock may be behind ours, but no run of this command is a day older than it.
            where: { serverId, commandId, startedAt: { gt: new Date(createdAt.getTime() - 2 * DAY_MS) } },
            select: { id: true },
          })
        : null
    return { command, run }
  })
  const { code, ...facts } = command
  return {
    ...facts,
    /** Why it was refused or failed; `detail` is the server's own word, foreign text. */
    code: storedCode(code),
    /** The run that it started; null until the server has said so. */
    runId: run?.id ?? null,
  }
}

const DAY_MS = 86_400_000
