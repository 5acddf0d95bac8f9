/**
 * Lines that leave things out, in the language of .gitignore, read into rules. What restic cannot be told, a line may not
 * say: both ends read them here, so the person who writes one hears of it at once, and the agent never guesses.
 *
 *   *.tmp            anywhere          parts ** *.tmp
 *   /cache           directly in the folder that is backed up
 *   a/b              from there as well, because of the slash
 *   node_modules/    folders only
 *   !keep.tmp        not left out after all
 */
export type ExcludeRule = {
  /** Which line, from 0. */
  readonly line: number
  readonly negated: boolean
  readonly folderOnly: boolean
  /** From the folder that is backed up, a name or a pattern each; `**` for any number of folders. */
  readonly parts: readonly string[]
}

export type ExcludeProblem = { readonly line: number; readonly message: string }

const PROBLEMS = {
  nothing: 'There is nothing after the exclamation mark.',
  dots: 'Write it from the folder that is backed up, without "." and "..".',
  doubled: 'Two slashes in a row match nothing.',
  bracket: 'The bracket is not closed, or has nothing in it.',
  named: 'Classes with a name, such as [[:digit:]], are not understood: write [0-9].',
  backslash: 'There is nothing after the last backslash.',
  folders: 'Only a folder with a full name can be brought back with a slash at its end.',
} as const

export function readExcludes(lines: readonly string[]): {
  readonly rules: ExcludeRule[]
  readonly problems: ExcludeProblem[]
} {
  const read = lines.map(readLine)
  return {
    rules: read.filter((one) => one !== null && 'parts' in one),
    problems: read.filter((one) => one !== null && 'message' in one),
  }
}

function readLine(text: string, line: number): ExcludeRule | ExcludeProblem | null {
  const problem = (what: keyof typeof PROBLEMS): ExcludeProblem => ({ line, message: PROBLEMS[what] })
  let rest = withoutTrailingSpaces(text)
  if (rest === '' || rest.startsWith('#')) return null
  const negated = rest.startsWith('!')
  if (negated) rest = rest.slice(1)
  const folderOnly = rest.endsWith('/')
  if (folderOnly) rest = rest.slice(0, -1)
  const anchored = rest.includes('/')
  if (rest.startsWith('/')) rest = rest.slice(1)
  if (rest === '') return negated ? problem('nothing') : folderOnly ? null : problem('nothing')
  const parts = rest.split('/')
  for (const part of parts) {
    const wrong = wrongIn(part)
    if (wrong !== null) return problem(wrong)
  }
  if (negated && folderOnly && isPattern(parts.at(-1) ?? '')) return problem('folders')
  return { line, negated, folderOnly, parts: simplest(anchored ? parts : ['**', ...parts]) }
}

/** One that a backslash protects is kept. */
function withoutTrailingSpaces(text: string): string {
  const bare = text.replace(/ +$/, '')
  const isProtected = bare !== text && /(?:^|[^\\])(?:\\\\)*\\$/.test(bare)
  return isProtected ? `${bare} ` : bare
}

function wrongIn(part: string): keyof typeof PROBLEMS | null {
  if (part === '') return 'doubled'
  if (part === '.' || part === '..') return 'dots'
  const bare = part.replace(/\\./g, 'x')
  if (bare.includes('\\')) return 'backslash'
  if (bare.includes('[[:')) return 'named'
  const outside = bare.replace(/\[[!^]?\]?[^\]]*\]/g, (set) => (/^\[[!^]?\]$/.test(set) ? '[' : 'x'))
  return outside.includes('[') ? 'bracket' : null
}

/** `**` at the end means what is in there, and several of them in a row mean one. */
function simplest(parts: readonly string[]): string[] {
  const single = parts.filter((part, at) => part !== '**' || parts[at - 1] !== '**')
  return single.at(-1) === '**'
    ? [...single.slice(0, -1), ...(single.length > 1 ? ['*'] : ['**', '*'])]
    : single
}

/** Whether a part stands for more than one name. */
export function isPattern(part: string): boolean {
  return /[*?[]/.test(part.replace(/\\./g, ''))
}
