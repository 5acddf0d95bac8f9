/** Restore drills as they are kept: what was restored, what came of it, and the proof. */
import type { z } from 'zod'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { listInput } from './schema.ts'

/** A year of weekly drills of several plans. */
const SHOWN_MAX = 200

export async function list({ db, tenant }: Scope, { serverId }: z.output<typeof listInput>) {
  return db(async (tx) => {
    const server = await tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: {
        name: true,
        customer: { select: { name: true } },
        site: { select: { name: true, timeZone: true } },
        plans: { select: { id: true, name: true } },
        drills: { orderBy: { heardAt: 'desc' }, take: SHOWN_MAX },
      },
    })
    if (server === null) throw fail('not_found')
    const { drills, plans, ...facts } = server
    const nameOf = new Map(plans.map(({ id, name }) => [id, name]))
    return {
      server: facts,
      drills: drills.map(({ files, filesWrong, bytes, providerId: _, customerId: __, ...drill }) => ({
        ...drill,
        files: Number(files),
        filesWrong: Number(filesWrong),
        bytes: Number(bytes),
        planName: nameOf.get(drill.planId) ?? '',
        /** Passed, and nothing about it is to be doubted. */
        isProven: drill.hasPassed && drill.isSigned && drill.isKnownManifest && files > 0n,
      })),
    }
  })
}
