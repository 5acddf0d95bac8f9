/** In which order, and in which groups, the things of a bundle are fetched: folder by folder, as names.ts wants it. */
import { posix } from 'node:path'
import { type Entry, namesOf } from '../catalogue/read.ts'
import { foldersOf } from './names.ts'

export type Choice = { readonly path: string; readonly entry: Entry }

type Group = { readonly folder: string; readonly files: Choice[]; readonly folders: Choice[] }

/** Whatever lies in a folder that was chosen as well comes with that. */
export function withoutNested(choices: readonly Choice[]): Choice[] {
  const all = new Map(choices.map((choice) => [choice.path, choice]))
  return [...all.values()].filter(({ path }) => {
    for (let above = path; above !== '/'; ) {
      above = posix.dirname(above)
      if (all.has(above)) return false
    }
    return true
  })
}

/** What lies in a folder stands together, and all that lies below it comes right after. */
export function byFolder(choices: readonly Choice[]): Group[] {
  const groups = new Map<string, Group>()
  for (const choice of choices) {
    const folder = posix.dirname(choice.path)
    const group = groups.get(folder) ?? { folder, files: [], folders: [] }
    groups.set(folder, group)
    if (choice.entry.kind === 'folder') group.folders.push(choice)
    else group.files.push(choice)
  }
  return [...groups.values()].sort((one, other) => compareNames(namesOf(one.folder), namesOf(other.folder)))
}

function compareNames(one: readonly string[], other: readonly string[]): number {
  for (const [index, name] of one.entries()) {
    const its = other[index]
    if (its === undefined) return 1
    if (name !== its) return name < its ? -1 : 1
  }
  return one.length - other.length
}

/**
 * Whether a link would lead to something that is no part of the archive. It may go up from where it lies, and then down:
 * going up again after that, it could be anywhere, because what it went down by may be a link as well.
 */
export function leadsOut(parts: readonly string[], target: string): boolean {
  if (target === '' || /^[/\\]|^[A-Za-z]:|\\|\0/.test(target)) return true
  const steps = target.split('/').filter((step) => step !== '' && step !== '.')
  const down = steps.findIndex((step) => step !== '..')
  const up = down < 0 ? steps.length : down
  return up > foldersOf(parts).length || steps.lastIndexOf('..') > up
}

export function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}
