import { X } from 'lucide-react'
import type { ComponentProps } from 'react'
import { classNames } from '../class-names.ts'

/**
 * The cross that closes what it stands in. It has no tooltip: that would open with the keyboard focus, and the
 * first Esc would close the tooltip instead of what the person wants closed.
 */
export function CloseButton({
  label = 'Close',
  className,
  ...rest
}: Omit<ComponentProps<'button'>, 'children'> & { label?: string }) {
  return (
    <button
      {...rest}
      type="button"
      aria-label={label}
      className={classNames(
        'inline-grid size-8 shrink-0 touch:size-10 place-items-center rounded-md text-ink-muted hover:bg-hover hover:text-ink active:bg-selected disabled:opacity-50',
        className,
      )}
    >
      <X size={16} />
    </button>
  )
}
