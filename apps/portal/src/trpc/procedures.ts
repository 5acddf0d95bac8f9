/**
 * The ladder on which every procedure stands. Each rung adds what it promises to the context of the next:
 *
 *   public ──► user ──► customer ──► provider ──► owner
 *              signed   tenant, db,  the          may do
 *              in       actor        provider's   everything
 *                                    own people
 *
 * `customer` is for both kinds of people: the provider's see all their customers, a customer's own are pinned to theirs.
 * It is the tenant of `ctx.db` that pins them, so an id out of somebody else's tenant finds nothing and is answered like
 * one that does not exist. What a role may do within its tenant is said beside the procedure: `.use(needs('runs.start'))`.
 */
import type { Tenant, TenantClient, TenantSql } from '@holdfast/database'
import { initTRPC } from '@trpc/server'
import superjson from 'superjson'
import { may, type Right } from '#auth/rights.ts'
import type { Session } from '#auth/sessions.ts'
import type { Context } from './context.ts'
import { describeError } from './describe-error.ts'
import type { ErrorData } from './errors.ts'
import { fail } from './failure.ts'

const t = initTRPC.context<Context>().create({
  transformer: superjson,
  // The message is the code: what people read stands in `data.problem`.
  errorFormatter: ({ shape, error }) => {
    const { path, httpStatus } = shape.data
    const data: ErrorData = describeError(error)
    return { ...shape, message: data.problem.code, data: { path, httpStatus, ...data } }
  },
})

export const { router } = t

export const publicProcedure = t.procedure.use(({ ctx, type, next }) => {
  if (type === 'mutation' && !ctx.fromOwnPage) throw fail('foreign_page')
  return next()
})

export const userProcedure = publicProcedure.use(({ ctx, next }) => {
  if (ctx.session === null) throw fail('not_signed_in')
  return next({ ctx: { session: ctx.session } })
})

export const customerProcedure = userProcedure.use(({ ctx, next }) =>
  next({ ctx: scopeOf(ctx.portal, ctx.session) }),
)

export const providerProcedure = customerProcedure.use(({ ctx, next }) => {
  if (ctx.session.customerId !== null) throw fail('not_allowed')
  return next()
})

export const ownerProcedure = providerProcedure.use(({ ctx, next }) => {
  if (ctx.session.role !== 'owner') throw fail('not_allowed')
  return next()
})

/** The right that a procedure takes, on top of its rung. */
export function needs(right: Right) {
  return t.middleware(({ ctx, next }) => {
    if (ctx.session === null || !may(ctx.session.role, right)) throw fail('not_allowed')
    return next()
  })
}

/** What a feature's service is given: who asks, and the rows of their tenant. */
export type Scope = {
  readonly portal: Context['portal']
  readonly session: Session
  readonly tenant: Tenant
  /** One transaction that sees the rows of this tenant only. */
  db<T>(work: (tx: TenantClient) => Promise<T>): Promise<T>
  /** The same over plain SQL, for lists of thousands of rows. */
  sql<T>(work: (sql: TenantSql) => Promise<T>): Promise<T>
}

/** For what is answered outside the ladder, such as a file: the caller asks for the right itself. */
export function scopeOf(portal: Context['portal'], session: Session): Scope {
  const tenant: Tenant = { providerId: session.providerId, customerId: session.customerId }
  return {
    portal,
    session,
    tenant,
    db: (work) => portal.database.forTenant(tenant, work),
    sql: (work) => portal.database.forTenantSql(tenant, work),
  }
}
