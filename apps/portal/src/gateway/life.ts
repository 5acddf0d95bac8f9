/**
 * When the other end of a socket was last heard, be it a message or the answer to a ping: the evidence that a link is
 * more than a line in a table.
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
