/**
 * What every field has around it: a label, a hint that says what to type, and the sentence that says what is
 * wrong with it. The hint and the error are tied to the control, so a screen reader speaks them with it.
 *
 * The error takes the hint's place: the field keeps its height, and nothing below it jumps.
 */
import { type ReactNode, useId } from 'react'
import { classNames } from '../class-names.ts'
import { Glyph } from '../status/glyph.tsx'

export type FieldProps = {
  label: string
  /** Where what is chosen says it as well: then only a screen reader speaks it. */
  isLabelHidden?: boolean
  /** What belongs here, in one short sentence. */
  hint?: ReactNode
  /** What is wrong and what to do: "Use at least 12 characters." */
  error?: string
  /** Fields are required unless they say that they are not. */
  optional?: boolean
  className?: string
}

/** What the control inside a field must carry. */
export type FieldControl = {
  id: string
  'aria-invalid': true | undefined
  'aria-describedby': string | undefined
}

/** The look that every text-like control shares. */
export const controlClasses = classNames(
  'h-8 w-full min-w-0 rounded-md border border-line-field bg-surface px-2.5 text-body text-ink touch:h-11 touch:text-[16px]',
  'outline-offset-0 transition-colors duration-100 hover:border-ink-faint focus-visible:border-accent',
  'aria-invalid:border-bad aria-invalid:focus-visible:outline-bad',
  'disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-faint [&:is(input):read-only]:bg-sunken',
)

export function Field({
  label,
  isLabelHidden,
  hint,
  error,
  optional,
  className,
  children,
}: FieldProps & { children: (control: FieldControl) => ReactNode }) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  return (
    <div className={classNames('flex min-w-0 flex-col gap-1.5', className)}>
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'flex items-baseline gap-1.5 font-medium'}>
        {label}
        {optional && <span className="font-normal text-ink-faint text-small">optional</span>}
      </label>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': note ? noteId : undefined,
      })}
      {note && (
        <p
          id={noteId}
          className={classNames('flex gap-1.5 text-small', error ? 'text-bad' : 'text-ink-muted')}
        >
          {error && <Glyph shape="octagon-cross" tone="bad" size={14} />}
          <span className="min-w-0">{note}</span>
        </p>
      )}
    </div>
  )
}
