/**
 * Preloaded (`node --import`) into the process that is measured, be it a portal or a peer, so that both are asked the
 * same questions in the same way. It listens on the channel to the bench and is silent until asked:
 *
 *   collect   collects garbage and gives free pages back to the system, so that resident memory is what the links hold,
 *             and neither what their logins left behind nor room that a start-up once needed
 *   loop      starts anew to watch how late the event loop comes
 *   report    answers with what it has seen since: event-loop delay, and round trips of commands and queries
 *
 * A round trip is taken where socket.io sends the message and where its acknowledgement comes back.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { WIRE } from '@holdfast/protocol'
import { Socket } from 'socket.io'
import { monotonicMs } from '../simulator/instructions.ts'
import { type ProbeAnswer, probeQuestion } from './probe-messages.ts'

const loop = monitorEventLoopDelay({ resolution: 10 })
const roundTrips = new Map<unknown, number[]>([
  [WIRE.portalToAgent.command, []],
  [WIRE.portalToAgent.query, []],
])

process.on('message', (message) => {
  // The measured program may have instructions of its own on this channel.
  const question = probeQuestion.safeParse(message)
  const ask = question.data?.ask
  if (ask === 'collect') {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    answer({ answers: 'collect' })
  }
  if (ask === 'start') {
    for (const samples of roundTrips.values()) samples.length = 0
    loop.reset()
    loop.enable()
    answer({ answers: 'start' })
  }
  if (ask === 'report') {
    loop.disable()
    const eventLoopDelayMs = {
      p50: loop.percentile(50) / 1e6,
      p99: loop.percentile(99) / 1e6,
      max: loop.max / 1e6,
    }
    answer({
      answers: 'report',
      eventLoopDelayMs,
      commandRttMs: roundTrips.get(WIRE.portalToAgent.command) ?? [],
      queryRttMs: roundTrips.get(WIRE.portalToAgent.query) ?? [],
    })
  }
})
// Being asked questions must not keep a process alive that wants to end.
process.channel?.unref()

function answer(message: ProbeAnswer): void {
  process.send?.(message)
}

const emit = Socket.prototype.emit
Socket.prototype.emit = function timed(event, ...args) {
  const acknowledge = args.at(-1)
  const samples = roundTrips.get(event)
  if (samples !== undefined && typeof acknowledge === 'function') {
    const startedAt = monotonicMs()
    args[args.length - 1] = (...answers: unknown[]) => {
      samples.push(monotonicMs() - startedAt)
      acknowledge(...answers)
    }
  }
  return emit.call(this, event, ...args)
}
