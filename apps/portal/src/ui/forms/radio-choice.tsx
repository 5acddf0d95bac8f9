'use client'

import { useId } from 'react'
import { classNames } from '../class-names.ts'
import type { Option } from './select.tsx'

/** One of a few options that are worth reading before one chooses: each with its sentence, all in sight. */
export function RadioChoice<Value extends string>({
  label,
  options,
  value,
  onValue,
  className,
}: {
  label: string
  options: readonly Option<Value>[]
  value: Value
  onValue: (value: Value) => void
  className?: string
}) {
  const name = useId()
  return (
    <fieldset className={classNames('flex min-w-0 flex-col gap-1.5', className)}>
      <legend className="mb-1.5 font-medium">{label}</legend>
      <div className="rounded-md border border-line">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-9 items-start gap-2.5 not-last:border-line not-last:border-b px-3 py-2 has-checked:bg-selected has-disabled:text-ink-faint"
          >
            <span className="flex h-5 items-center">
              <input
                type="radio"
                name={name}
                className="accent-accent"
                checked={option.value === value}
                disabled={option.disabled}
                onChange={() => onValue(option.value)}
              />
            </span>
            <span className="min-w-0">
              {option.label}
              {option.hint && <span className="block text-ink-muted text-small">{option.hint}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
