import { classNames } from '../class-names.ts'

/**
 * A place that waits for its content, in its final size. It stays invisible for the first 300 ms, because
 * most answers are faster than that and a flash of grey would only make them look slow.
 */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={classNames('block h-3.5 rounded-sm bg-hover animate-[appear_200ms_300ms_both]', className)}
    />
  )
}
