import { problem } from '#trpc/errors.ts'
import { ErrorState } from '#ui/feedback/error-state.tsx'

/** For an address that names nothing, inside the frame, so that the way on is in sight. */
export default function NotFound() {
  return <ErrorState problem={problem('not_found')} />
}
