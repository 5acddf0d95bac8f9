import { customerProcedure, needs, router } from '#trpc/procedures.ts'
import { agentInput, createInput, listInput, setCredentialsInput, sshKeysInput, testInput } from './schema.ts'
import { agent, create, list, setCredentials, sshKeys, test } from './service.ts'

export const repositoriesRouter = router({
  /** Errors: `not_found` for the server. */
  list: customerProcedure
    .use(needs('look'))
    .input(listInput)
    .query(({ ctx, input }) => list(ctx, input)),
  /** Asks the server to make it; its state tells how that went. Errors: `not_found` for the server, `folder_taken`. */
  create: customerProcedure
    .use(needs('plans.change'))
    .input(createInput)
    .mutation(({ ctx, input }) => create(ctx, input)),
  /** What the server's agent can do about repositories, and to whom a login for it is sealed. Errors: `not_found`. */
  agent: customerProcedure
    .use(needs('look'))
    .input(agentInput)
    .query(({ ctx, input }) => agent(ctx, input)),
  /** Passes on another login for its place. Errors: `not_found`. */
  setCredentials: customerProcedure
    .use(needs('plans.change'))
    .input(setCredentialsInput)
    .mutation(({ ctx, input }) => setCredentials(ctx, input)),
  /** Has the server write, read, compare and delete something small there. Errors: `not_found`. */
  test: customerProcedure
    .use(needs('runs.start'))
    .input(testInput)
    .mutation(({ ctx, input }) => test(ctx, input)),
  /** What an SSH server proves itself with, asked by the customer's server. Errors: `not_found`, `refused_by_server`. */
  sshKeys: customerProcedure
    .use(needs('plans.change'))
    .input(sshKeysInput)
    .mutation(({ ctx, input }) => sshKeys(ctx, input)),
})
