import { z } from 'zod'

export const probeQuestion = z.object({ ask: z.enum(['collect', 'start', 'report']) })
export type ProbeQuestion = z.output<typeof probeQuestion>

const milliseconds = z.number()
export const probeAnswer = z.discriminatedUnion('answers', [
  z.object({ answers: z.literal('collect') }),
  z.object({ answers: z.literal('start') }),
  z.object({
    answers: z.literal('report'),
    eventLoopDelayMs: z.object({ p50: milliseconds, p99: milliseconds, max: milliseconds }),
    commandRttMs: z.array(milliseconds),
    queryRttMs: z.array(milliseconds),
  }),
])
export type ProbeAnswer = z.output<typeof probeAnswer>
