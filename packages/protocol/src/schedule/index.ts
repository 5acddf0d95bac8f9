/** When plans run. An entry of its own, because the library behind it is of no use to most of what speaks the wire. */
export * from './next-run.ts'
export * from './schema.ts'
