/** Facts as words. They come out of the database as JSON: whatever is missing or odd becomes a question mark. */
import { showForeignText } from '#ui/values/foreign-text.ts'
import { formatBytes, formatCount, formatCounted, formatDuration, formatPercent } from '#ui/values/format.ts'

type Facts = Readonly<Record<string, unknown>>

const numberOf =
  (words: (amount: number) => string) =>
  (facts: Facts, name: string): string => {
    const amount = facts[name]
    return typeof amount === 'number' && Number.isFinite(amount) ? words(amount) : '?'
  }

export const count = numberOf(formatCount)
export const size = numberOf((bytes) => formatBytes(Math.round(bytes)))
export const percent = numberOf(formatPercent)
export const duration = numberOf(formatDuration)

export function counted(facts: Facts, name: string, one: string): string {
  return numberOf((amount) => formatCounted(amount, one))(facts, name)
}

export function text(facts: Facts, name: string): string {
  const value = facts[name]
  return typeof value === 'string' && value !== '' ? showForeignText(value) : '?'
}
