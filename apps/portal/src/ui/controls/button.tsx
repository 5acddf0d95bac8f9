import { Slot } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { Glyph } from '../status/glyph.tsx'

const looks = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong active:bg-accent-strong',
  secondary: 'border border-line bg-surface text-ink hover:bg-hover active:bg-selected',
  quiet: 'text-ink-muted hover:bg-hover hover:text-ink active:bg-selected data-[state=open]:bg-hover',
  danger: 'bg-bad text-bad-ink hover:bg-bad-strong active:bg-bad-strong',
} as const

export type ButtonLook = keyof typeof looks

const sizes = {
  small: 'h-7 gap-1.5 px-2.5 text-small touch:h-9',
  normal: 'h-8 gap-2 px-3 text-body touch:h-10',
  large: 'h-10 gap-2 px-4 text-body',
} as const

export type ButtonProps = ComponentProps<'button'> & {
  look?: ButtonLook
  size?: keyof typeof sizes
  /** Stands before the label: a 16 px icon. */
  icon?: ReactNode
  /** Work has begun: the button keeps its width and its focus, and takes no second click. */
  pending?: boolean
  /** Draws the button's look on its single child instead, such as a link. */
  asChild?: boolean
}

/** A verb in sentence case: "Back up now", "Restore 3 files". */
export function Button({
  look = 'secondary',
  size = 'normal',
  icon,
  pending = false,
  asChild = false,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  const buttonClasses = classNames(
    'relative inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md font-medium',
    'transition-colors duration-100 disabled:cursor-not-allowed disabled:opacity-50',
    looks[look],
    sizes[size],
    pending && 'cursor-progress',
    className,
  )
  if (asChild)
    return (
      <Slot.Root {...rest} onClick={onClick} className={buttonClasses}>
        {children}
      </Slot.Root>
    )
  return (
    <button
      {...rest}
      type={type}
      className={buttonClasses}
      // Not `disabled`: that would throw the keyboard focus away in the middle of the work.
      aria-disabled={pending || undefined}
      aria-busy={pending || undefined}
      onClick={pending ? (event) => event.preventDefault() : onClick}
    >
      <span className={classNames('inline-flex items-center gap-[inherit]', pending && 'invisible')}>
        {icon}
        {children}
      </span>
      {pending && (
        <span className="absolute inset-0 grid place-items-center text-current *:text-current">
          <Glyph shape="ring-turning" tone="busy" />
        </span>
      )}
    </button>
  )
}
