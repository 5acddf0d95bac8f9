/** What a restore did, or would do, in one sentence. */
import type { ConflictRule, RestoreCounts } from '@holdfast/protocol'
import { formatCounted } from '#ui/values/format.ts'

/** How many files it writes. */
export function written({ created, replaced, keptBoth }: RestoreCounts): number {
  return created + replaced + keptBoth
}

/** "3 files would be replaced, 12 are the same." What there is none of is not said. */
export function resultInWords(counts: RestoreCounts, isDryRun: boolean): string {
  const { created, replaced, kept, keptBoth, same, failed } = counts
  const did = (done: string, would: string) => (isDryRun ? would : done)
  const parts = [
    part(replaced, did('was replaced', 'would be replaced'), did('were replaced', 'would be replaced')),
    part(created, did('was put back', 'would be put back'), did('were put back', 'would be put back')),
    part(
      keptBoth,
      did('was put beside another', 'would be put beside another'),
      did('were put beside others', 'would be put beside others'),
    ),
    part(
      kept,
      did('was left as it is', 'would be left as it is'),
      did('were left as they are', 'would be left as they are'),
    ),
    part(same, 'is the same already', 'are the same already'),
    part(failed, did('could not be restored', 'could not be restored'), 'could not be restored'),
  ].filter((each) => each !== null)
  if (parts.length === 0) return 'There is no file to restore.'
  const [first, ...others] = parts
  const sentence = [
    first && `${formatCounted(first.count, 'file')} ${first.words}`,
    ...others.map(({ count, words }) => `${count.toLocaleString('en-GB')} ${words}`),
  ]
  return `${sentence.join(', ')}.`
}

function part(count: number, one: string, many: string) {
  return count === 0 ? null : { count, words: count === 1 ? one : many }
}

export const CONFLICT_WORDS: Readonly<Record<ConflictRule, { label: string; hint: string }>> = {
  replace: {
    label: 'Replace it with the one from the snapshot',
    hint: 'What is there now is lost, unless a backup holds it.',
  },
  keepBoth: {
    label: 'Keep both',
    hint: 'The restored one gets the snapshot’s time in its name.',
  },
  keepExisting: {
    label: 'Leave it as it is',
    hint: 'Only what is missing is put back.',
  },
}
