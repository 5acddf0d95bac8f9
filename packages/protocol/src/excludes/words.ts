import { type ExcludeRule, isPattern } from './read.ts'

/** What a rule means, for whoever wrote it and wants to be sure. */
export function excludeInWords({ negated, folderOnly, parts }: ExcludeRule): string {
  const floats = parts[0] === '**'
  const own = floats ? parts.slice(1) : parts
  const name = own.join('/')
  const thing = folderOnly ? 'What is in folders' : 'Files and folders'
  const called = isPattern(name) ? 'that match' : 'called'
  const where = floats ? 'anywhere in the chosen folders' : 'seen from a chosen folder'
  if (!negated) {
    if (name === '*') return floats ? 'Everything' : 'Everything directly in a chosen folder'
    if (!floats && own.length === 1) return `${thing} ${called} ${name}, directly in a chosen folder`
    return `${thing} ${called} ${name}, ${where}`
  }
  return `Kept after all: ${called === 'called' ? name : `what matches ${name}`}, ${where}`
}
