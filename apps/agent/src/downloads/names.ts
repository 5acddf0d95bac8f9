/**
 * What things are called in an archive of several. A repository may be from anybody, and the archive is opened on any
 * system: so no name is a way to another folder, none means something else to Windows, and no two are one there.
 *
 * Whoever asks comes folder by folder, as restic walks them: of each folder only the one below it that is open is
 * remembered, so that what is kept is what lies in the folders on the way, and not all that the archive holds.
 */
type Folder = { readonly taken: Set<string>; open: { name: string; fit: string; folder: Folder } | null }

/** What is a separator, a drive, a device or an order somewhere, or only there to make a name read differently. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]/gu
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
const NAME_CHARS_MAX = 200
/** What lies deeper is put there: the whole path of a thing must fit into 65,535 bytes. */
const DEPTH_MAX = 60

export class ArchiveNames {
  readonly #top = emptyFolder()

  /** The path in the archive of what the snapshot calls so; another one for each that asks. */
  file(parts: readonly string[]): string {
    const own = parts.at(-1) ?? ''
    const { folder, path } = this.#enter(foldersOf(parts))
    return [...path, take(folder, own)].join('/')
  }

  /** The same one for all that lies in it. */
  folder(parts: readonly string[]): string {
    return this.#enter(parts.slice(0, DEPTH_MAX)).path.join('/')
  }

  #enter(parts: readonly string[]): { folder: Folder; path: string[] } {
    let folder = this.#top
    const path: string[] = []
    for (const name of parts) {
      if (folder.open?.name !== name) folder.open = { name, fit: take(folder, name), folder: emptyFolder() }
      path.push(folder.open.fit)
      folder = folder.open.folder
    }
    return { folder, path }
  }
}

/** In which folders of an archive a thing is put. */
export function foldersOf(parts: readonly string[]): readonly string[] {
  return parts.slice(0, -1).slice(0, DEPTH_MAX)
}

function emptyFolder(): Folder {
  return { taken: new Set(), open: null }
}

function take({ taken }: Folder, name: string): string {
  const fit = fitName(name)
  let free = fit
  for (let number = 2; taken.has(keyOf(free)); number += 1) free = numbered(fit, number)
  taken.add(keyOf(free))
  return free
}

/** Systems that do not tell them apart must not put one over the other. */
function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

export function fitName(name: string): string {
  const fit = name
    .toWellFormed()
    .replace(UNFIT, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length))
  const safe = DEVICE.test(fit) ? `_${fit}` : fit || '_'
  const characters = [...safe]
  if (characters.length <= NAME_CHARS_MAX) return safe
  const ending = endingOf(safe)
  return characters.slice(0, NAME_CHARS_MAX - ending.length).join('') + ending
}

function numbered(name: string, number: number): string {
  const ending = endingOf(name)
  return `${name.slice(0, name.length - ending.length)} (${number})${ending}`
}

function endingOf(name: string): string {
  return /(?<=[^.])\.[^. ]{1,12}$/.exec(name)?.[0] ?? ''
}
