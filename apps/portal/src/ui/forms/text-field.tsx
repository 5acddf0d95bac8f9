import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { controlClasses, Field, type FieldProps } from './field.tsx'

/**
 * One line of text. `prefix` stands inside, before what is typed ("acme /"); `mono` is for names, addresses
 * and paths, where every character counts.
 */
export function TextField({
  label,
  hint,
  error,
  optional,
  className,
  prefix,
  mono,
  ...input
}: FieldProps &
  Omit<ComponentProps<'input'>, 'id' | 'size' | 'prefix'> & { prefix?: ReactNode; mono?: boolean }) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional} className={className}>
      {(control) =>
        prefix ? (
          <span
            className={classNames(
              controlClasses,
              'flex items-center p-0 focus-within:border-accent focus-within:outline-2 focus-within:outline-accent',
              error && 'border-bad focus-within:outline-bad',
            )}
          >
            <span className="shrink-0 pl-2.5 text-ink-muted">{prefix}</span>
            <input
              {...input}
              {...control}
              required={!optional}
              className={classNames(
                'h-full min-w-0 flex-1 bg-transparent pr-2.5 pl-1 outline-none',
                mono && 'font-mono',
              )}
            />
          </span>
        ) : (
          <input
            {...input}
            {...control}
            required={!optional}
            className={classNames(controlClasses, mono && 'font-mono')}
          />
        )
      }
    </Field>
  )
}
