/** Loaded into a process before anything else (`node --import`): from here on it believes that it is tomorrow. */
const DAY_MS = 86_400_000

const { now } = Date
const tomorrow = () => now() + DAY_MS

globalThis.Date = new Proxy(Date, {
  construct: (real, given: unknown[], made) =>
    Reflect.construct(real, given.length === 0 ? [tomorrow()] : given, made),
  get: (real, name, receiver) => (name === 'now' ? tomorrow : Reflect.get(real, name, receiver)),
})
