/**
 * Whether a plan's lines leave a path out, by git's own reading of them. restic is told in patterns (excludes.ts); this is
 * for whoever looks at the sources himself, and need not look at what is not backed up anyway.
 */
import { type ExcludeRule, readExcludes } from '@holdfast/protocol'
import { asExpression } from './excludes.ts'

/** By the names from the source down. Nothing is asked of what lies in a folder that is left out. */
export type IsLeftOut = (names: readonly string[], isFolder: boolean) => boolean

export function matcherOf(lines: readonly string[]): IsLeftOut {
  // Where several rules apply, the last one counts.
  const rules = readExcludes(lines).rules.map(readRule).reverse()
  return (names, isFolder) => {
    const decides = rules.find((rule) => (isFolder || !rule.folderOnly) && fits(rule.parts, names))
    return decides !== undefined && !decides.negated
  }
}

type Part = RegExp | '**'

function readRule({ parts, negated, folderOnly }: ExcludeRule) {
  return {
    negated,
    folderOnly,
    parts: parts.map((part): Part => (part === '**' ? part : asExpression(part))),
  }
}

function fits(parts: readonly Part[], names: readonly string[], part = 0, name = 0): boolean {
  const wanted = parts[part]
  if (wanted === undefined) return name === names.length
  if (wanted === '**')
    return fits(parts, names, part + 1, name) || (name < names.length && fits(parts, names, part, name + 1))
  const given = names[name]
  return given !== undefined && wanted.test(given) && fits(parts, names, part + 1, name + 1)
}
