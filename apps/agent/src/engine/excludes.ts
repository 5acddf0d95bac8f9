/**
 * The lines of a plan that leave things out (.gitignore's language, read by the protocol) as patterns of restic 0.14.
 * The two languages differ, so each rule is rewritten below each source (here, … stands for restic's double star):
 *
 *   *.tmp        SOURCE/…/*.tmp     restic's patterns are anchored at the root of the machine
 *   /a/b         SOURCE/a/b
 *   foo/         SOURCE/…/foo/*     restic does not tell folders from files: what is in the folder is left out, and the
 *                                   folder itself stays, empty
 *   a/**         SOURCE/a/*         restic's double star may also stand for nothing, which would take a itself
 *   [!a]         [^a]               and what a backslash protects becomes a set: Windows knows no such backslash
 *   !keep.tmp    !SOURCE/…/keep.tmp restic brings back all that is below it as well; so the rules before it are said once
 *                                   more, for what is below it
 *
 * Where that is not exact, more is backed up than .gitignore would have it, never less: excludes.test.ts asks git itself.
 */
import { sep } from 'node:path'
import { type ExcludeRule, isPattern, readExcludes } from '@holdfast/protocol'
import { literalPattern } from './sources.ts'

/**
 * As they stand in a file for `--exclude-file`. A line that cannot be read leaves nothing out.
 * @param tooOld lines as they are, one character a byte (too-old.ts)
 */
export function excludeFile(
  lines: readonly string[],
  sources: readonly string[],
  besides: readonly string[] = [],
  tooOld: readonly string[] = [],
): Buffer {
  const { rules } = readExcludes(lines)
  const patterns = sources.flatMap((source) => patternsFor(rules, source))
  if (patterns.length + tooOld.length === 0) return Buffer.alloc(0)
  // The last one that matches counts: what is too old does not come back, and these stay, also where a source is above.
  const kept = besides.map((path) => `!${literalPattern(path)}`)
  const text = (all: readonly string[]) => all.map((line) => `${line}\n`).join('')
  return Buffer.concat([
    Buffer.from(text([...new Set(patterns)].map(asLine))),
    Buffer.from(text(tooOld), 'latin1'),
    Buffer.from(text(kept.map(asLine))),
  ])
}

const SEPARATOR = process.platform === 'win32' ? sep : '/'
const STARS_MAX = 4

export function patternsFor(rules: readonly ExcludeRule[], source: string): string[] {
  const root = literalPattern(source).replace(/[\\/]+$/, '')
  const write = (sign: string, parts: readonly string[]) =>
    withoutStars(parts).map((each) => sign + [root, ...each.map(asRestic)].join(SEPARATOR))
  return rules.flatMap((rule, at) => {
    const before = rules.slice(0, at)
    if (!rule.negated) return write('', taken(rule))
    if (isInert(rule, before)) return []
    const below = before.filter((each) => !each.negated).flatMap((each) => takenBelow(each, rule))
    // One that is brought back may lie below another one: what was just said again must not take it.
    const again = below.some((parts) => mayMeet(parts, rule.parts)) ? [[...rule.parts, ...rule.parts]] : []
    return [
      ...write('!', rule.parts),
      ...below.flatMap((parts) => write('', parts)),
      ...again.flatMap((parts) => write('!', parts)),
    ]
  })
}

/** In 0.14, two double stars that both stand for nothing match nothing: so each is left out as well. */
function withoutStars(parts: readonly string[]): (readonly string[])[] {
  const stars = parts.flatMap((part, at) => (part === '**' ? [at] : []))
  if (stars.length < 2 || stars.length > STARS_MAX) return [parts]
  return Array.from({ length: 2 ** stars.length }, (_, chosen) =>
    parts.filter((_, at) => !stars.includes(at) || (chosen & (1 << stars.indexOf(at))) === 0),
  )
}

function mayMeet(below: readonly string[], kept: readonly string[]): boolean {
  const [one = '', other = ''] = [below.at(-1), kept.at(-1)]
  return kept.includes('**') && ((isPattern(one) && isPattern(other)) || meet(one, other) !== null)
}

function taken({ parts, folderOnly }: ExcludeRule): readonly string[] {
  return folderOnly ? [...parts, '*'] : parts
}

/** Nothing comes back from a folder that is left out itself. */
function isInert({ parts }: ExcludeRule, before: readonly ExcludeRule[]): boolean {
  const folders = parts.slice(0, -1)
  const [lastNegated] = before.flatMap((rule, at) => (rule.negated ? [at] : [])).slice(-1)
  return before.slice((lastNegated ?? -1) + 1).some((rule) => {
    const names = rule.parts[0] === '**' ? rule.parts.slice(1) : null
    if (names === null)
      return folders.length >= rule.parts.length && rule.parts.every((part, at) => part === folders[at])
    return names.length === 1 && folders.some((folder) => folder === names[0] && folder !== '**')
  })
}

/** What `rule` leaves out strictly below anything that `kept` brings back. */
function takenBelow(rule: ExcludeRule, kept: ExcludeRule): (readonly string[])[] {
  const parts = taken(rule)
  if (parts[0] === '**') return [[...kept.parts, ...parts]]
  // Of a fixed depth each: they meet where the folders of the one are those of the other.
  if (parts.includes('**')) return []
  const floats = kept.parts[0] === '**'
  const names = floats ? kept.parts.slice(1) : kept.parts
  if (names.includes('**')) return []
  const last = floats ? parts.length - 1 - names.length : 0
  const found: (readonly string[])[] = []
  for (let from = 0; from <= last && from + names.length < parts.length; from += 1) {
    const met = names.map((name, at) => meet(name, parts[from + at] ?? ''))
    if (met.every((part) => part !== null))
      found.push([...parts.slice(0, from), ...met, ...parts.slice(from + names.length)])
  }
  return found
}

/** What two parts have in common; null for nothing, or for what cannot be said. */
function meet(one: string, other: string): string | null {
  if (one === other || other === '*') return one
  if (one === '*') return other
  if (isPattern(one) === isPattern(other)) return null
  const [pattern, name] = isPattern(one) ? [one, other] : [other, one]
  return asExpression(pattern).test(name.replace(/\\(.)/g, '$1')) ? name : null
}

/** One part of .gitignore's language in restic's. */
function asRestic(part: string): string {
  if (part === '**') return part
  return part.replace(
    /\\(.)|\[([!^]?)(\]?[^\]]*)\]|\*{2,}/gs,
    (whole, escaped?: string, not?: string, set?: string) => {
      if (escaped !== undefined)
        return escaped === '\\' ? '\\\\' : '*?['.includes(escaped) ? `[${escaped}]` : escaped
      if (set === undefined) return whole.startsWith('*') ? '*' : whole
      return `[${not ? '^' : ''}${set.replace(/^\]/, '\\]')}]`
    },
  )
}

export function asExpression(part: string): RegExp {
  const text = part.replace(
    /\\(.)|\[([!^]?)(\]?[^\]]*)\]|\*+|\?|[.+^${}()|\]/]/gs,
    (whole, escaped?: string, not?: string, set?: string) => {
      if (escaped !== undefined) return escaped.replace(/[^\w]/, '\\$&')
      if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\]\\]/g, '\\$&')}]`
      return whole.startsWith('*') ? '.*' : whole === '?' ? '.' : `\\${whole}`
    },
  )
  return new RegExp(`^${text}$`, 's')
}

/** restic puts the environment in for `$`, cuts spaces at the ends, and takes one line for one pattern. */
function asLine(pattern: string): string {
  return pattern
    .replaceAll('$', '$$$$')
    .replace(/[\r\n]/g, '?')
    .replace(/\s$/, (space) => `[${space}]`)
}
