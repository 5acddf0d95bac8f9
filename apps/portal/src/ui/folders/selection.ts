/**
 * Which folders and files of a server are chosen, as a list of paths: the form in which a plan keeps its
 * sources. A chosen folder stands for everything in it, also for what is added to it later.
 *
 * To take one item out of a chosen folder, the folder is replaced by the other items in it. That needs the
 * whole list of them, and later additions are then no longer chosen; the tree says so.
 */
import type { Checked } from '../forms/checkbox.tsx'

/** The paths directly in a folder, or undefined while not all of them are known. */
export type ChildrenOf = (folder: string) => readonly string[] | undefined

export function checkedState(path: string, chosen: readonly string[]): Checked {
  if (chosen.some((each) => each === path || isInside(path, each))) return true
  return chosen.some((each) => isInside(each, path)) ? 'mixed' : false
}

/** Chooses a folder or file. Whatever was chosen inside it is now part of it. */
export function choose(path: string, chosen: readonly string[]): string[] {
  if (checkedState(path, chosen) === true) return [...chosen]
  return [...chosen.filter((each) => !isInside(each, path)), path]
}

/**
 * Takes a folder or file out, with all that is chosen inside it. Undefined if that cannot be said yet, because
 * a folder above it is chosen whose items are not all known.
 */
export function unchoose(
  path: string,
  chosen: readonly string[],
  childrenOf: ChildrenOf,
): string[] | undefined {
  const whole = chosen.find((each) => isInside(path, each))
  if (whole === undefined) return chosen.filter((each) => each !== path && !isInside(each, path))
  const next = chosen.filter((each) => each !== whole)
  for (let folder = whole; folder !== path; ) {
    const children = childrenOf(folder)
    const onTheWay = children?.find((child) => child === path || isInside(path, child))
    if (!children || onTheWay === undefined) return undefined
    next.push(...children.filter((child) => child !== onTheWay))
    folder = onTheWay
  }
  return next
}

/** Whether a path lies below a folder, on any system: `/srv/data` in `/srv`, `C:\Users\Anna` in `C:\`. */
export function isInside(path: string, folder: string): boolean {
  if (path.length <= folder.length || !path.startsWith(folder)) return false
  // Where paths begin with a slash, a backslash is part of a name.
  if (folder.startsWith('/')) return folder.endsWith('/') || path.charAt(folder.length) === '/'
  return /[/\\]$/.test(folder) || /[/\\]/.test(path.charAt(folder.length))
}
