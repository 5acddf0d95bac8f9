/**
 * When the other end of a socket was last heard, be it a message or the answer to a ping: the evidence that a link is
 * more than a line in a table. And how much it leaves untaken, because who answers pings without having read them could
 * ask on and on.
 *
 * One function for all sockets, and a number for each: there are thousands.
 */

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

/** How many messages to it lie here, because it has not taken those before them; 0 for a socket that nobody watches. */
export function untakenMessages(socket: object): number {
  const engine = engineOf.get(socket)
  // What engine.io says about it in public are events, which would cost each link two listeners.
  const waiting: unknown = engine && Reflect.get(engine, 'writeBuffer')
  return Array.isArray(waiting) ? waiting.length : 0
}
