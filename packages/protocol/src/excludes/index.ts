export { type ExcludeProblem, type ExcludeRule, isPattern, readExcludes } from './read.ts'
export { excludeInWords } from './words.ts'
