import type { Repository } from '../state/repositories.ts'
import { UsageError } from './command.ts'
import { printable } from './words.ts'

/** The one that is meant: by its name or id, or the only one there is. */
export function chooseRepository(all: readonly Repository[], wanted: string | undefined): Repository {
  const found = wanted === undefined ? all : all.filter(({ id, name }) => id === wanted || name === wanted)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (all.length === 0) throw new UsageError('There is no repository yet. They are made from the console.')
  const list = all.map(({ id, name }) => `\n  ${printable(name)}   ${id}`).join('')
  if (wanted === undefined || found.length > 1) throw new UsageError(`Name one, by its name or id:${list}`)
  throw new UsageError(`There is no repository called "${printable(wanted)}". There are:${list}`)
}
