import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { sessionOf } from '#auth/current-session.ts'
import { runtime } from '#runtime.ts'
import { BATCH_SIZE_MAX } from '#trpc/batch-size.ts'
import { contextOfRequest } from '#trpc/context.ts'
import { logError } from '#trpc/log-error.ts'
import { appRouter } from '#trpc/root.ts'

const answer = (req: Request) =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req,
    router: appRouter,
    maxBatchSize: BATCH_SIZE_MAX,
    createContext: async ({ resHeaders }) =>
      contextOfRequest(runtime(), await sessionOf(req.headers), req.headers, resHeaders),
    onError: logError,
  })

export { answer as GET, answer as POST }
