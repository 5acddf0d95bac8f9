import type { ComponentProps } from 'react'
import { classNames } from '../class-names.ts'
import { controlClasses, Field, type FieldProps } from './field.tsx'

/** Several lines of text; `mono` where every character counts. */
export function TextArea({
  label,
  hint,
  error,
  optional,
  className,
  mono,
  rows = 6,
  ...area
}: FieldProps & Omit<ComponentProps<'textarea'>, 'id'> & { mono?: boolean }) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional} className={className}>
      {(control) => (
        <textarea
          {...area}
          {...control}
          rows={rows}
          required={!optional}
          className={classNames(
            controlClasses,
            'h-auto resize-y py-1.5 touch:h-auto',
            mono && 'font-mono text-small',
          )}
        />
      )}
    </Field>
  )
}
