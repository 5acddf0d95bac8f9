/** Paths as snapshots have them, of any system: with slashes, from the one top that is called `/`. */
export type PathPart = { name: string; path: string }

/** The way down to a folder, each part with its own path: `/srv`, `/srv/data`. The top itself is no part. */
export function pathParts(path: string): PathPart[] {
  return [...path.matchAll(/[^/]+/g)].map((found) => ({
    name: found[0],
    path: path.slice(0, found.index + found[0].length),
  }))
}

/** Where something lies; the top lies in itself. */
export function parentFolder(path: string): string {
  return pathParts(path).at(-2)?.path ?? '/'
}

export function pathIn(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

/** The last part; empty for the top. */
export function nameOf(path: string): string {
  return pathParts(path).at(-1)?.name ?? ''
}

/** The deepest folder that all of these lie in. */
export function commonFolder(paths: readonly string[]): string {
  const [first, ...others] = paths.map((path) => pathParts(parentFolder(path)).map((part) => part.path))
  return first?.findLast((folder) => others.every((folders) => folders.includes(folder))) ?? '/'
}

/** A path of a server as its snapshots have it: `C:\Users` is `/C/Users` there. */
export function inSnapshot(path: string): string {
  const drive = /^([A-Za-z]):[\\/]?(.*)$/.exec(path)
  return drive ? `/${drive[1]}/${drive[2]?.replaceAll('\\', '/')}`.replace(/\/$/, '') : path
}
