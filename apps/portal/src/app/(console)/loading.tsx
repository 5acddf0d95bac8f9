import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Answer } from '#ui/shell/answer.tsx'

/** What stands in the page's place until the portal has drawn it: its opening, which all pages share. */
export default function Loading() {
  return (
    <Answer evidence={<Skeleton className="my-1 w-60" />}>
      <Skeleton className="my-1 h-5 w-80 max-w-full" />
    </Answer>
  )
}
