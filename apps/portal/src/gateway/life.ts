/**
 * When the other end of a socket was last heard, be it a message or the answer to a ping: the evidence that a link is
 * more than a line in a table. And the way to ask for it now: who answers is alive, whatever has been said about it.
 *
 * One function for all sockets, and a number for each: there are thousands.
 */
import { setTimeout as after } from 'node:timers/promises'

/** The engine.io connection under a socket, of either side. */
export type Engine = { on(event: 'packet', heard: () => void): unknown }

const engineOf = new WeakMap<object, Engine>()
const heardAt = new WeakMap<Engine, number>()

export function watchLife(socket: object, engine: Engine): void {
  engineOf.set(socket, engine)
  heardAt.set(engine, Date.now())
  engine.on('packet', heard)
}

function heard(this: Engine): void {
  heardAt.set(this, Date.now())
}

/** In ms since 1970; null for a socket that nobody watches. */
export function lastHeardAt(socket: object): number | null {
  const engine = engineOf.get(socket)
  return engine === undefined ? null : (heardAt.get(engine) ?? null)
}

const LOOK_EVERY_MS = 20

/**
 * Sends a ping of engine.io out of turn, which every agent answers at once, however busy it is with backups. True as soon
 * as anything is heard; false when nothing was within the time. Only the end that was dialled may ping.
 */
export async function answersPing(socket: object, withinMs: number): Promise<boolean> {
  const engine = engineOf.get(socket)
  const ping: unknown = engine && Reflect.get(engine, 'sendPacket')
  if (engine === undefined || typeof ping !== 'function') return false
  const before = heardAt.get(engine)
  // What was heard in the same millisecond must not hide the answer.
  heardAt.set(engine, 0)
  Reflect.apply(ping, engine, ['ping'])
  const until = performance.now() + withinMs
  while (heardAt.get(engine) === 0 && performance.now() < until) await after(LOOK_EVERY_MS)
  const isAlive = heardAt.get(engine) !== 0
  if (!isAlive && before !== undefined) heardAt.set(engine, before)
  return isAlive
}
