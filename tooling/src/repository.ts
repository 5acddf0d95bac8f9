import { join, resolve } from 'node:path'

/** The root folder of this repository. */
export const repository = resolve(import.meta.dirname, '../..')

/** A program that `npm ci` brought along, such as `biome` or `tsc`. */
export function program(name: string): string {
  return join(repository, 'node_modules/.bin', name)
}
