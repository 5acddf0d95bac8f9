/** A snapshot that nobody has looked into yet: the server reads what lies in it once, and then keeps the list. */
import type { Outputs } from '#trpc/root.ts'
import { ProgressBar } from '#ui/feedback/progress-bar.tsx'
import { formatCounted } from '#ui/values/format.ts'

type Reading = NonNullable<Outputs['restore']['folder']['reading']>

export function BeingRead({ reading }: { reading: Reading }) {
  const { entriesRead, entriesExpected } = reading
  return (
    <div role="status" className="flex max-w-110 flex-col gap-2 px-(--page-x) py-5">
      <p className="font-semibold">The server reads this snapshot</p>
      <ProgressBar
        label="Reading the snapshot"
        share={entriesExpected ? entriesRead / entriesExpected : null}
        className="h-1.5"
      />
      <p className="text-ink-muted">
        {formatCounted(entriesRead, 'file')} so far. It is read once; from then on it opens at once.
      </p>
    </div>
  )
}
