'use client'

import { Check, ChevronDown } from 'lucide-react'
import { Select as RadixSelect } from 'radix-ui'
import { classNames } from '../class-names.ts'
import { controlClasses, Field, type FieldProps } from './field.tsx'

export type Option<Value extends string = string> = {
  value: Value
  label: string
  /** A second, quieter line under the label. */
  hint?: string
  disabled?: boolean
}

/** One of a few options. For more than about twenty, use Combobox: it can be searched. */
export function Select<Value extends string>({
  options,
  value,
  onValue,
  placeholder = 'Choose',
  name,
  disabled,
  ...field
}: FieldProps & {
  options: readonly Option<Value>[]
  value: Value | undefined
  onValue: (value: Value) => void
  placeholder?: string
  name?: string
  disabled?: boolean
}) {
  const choose = (chosen: string) => {
    const option = options.find((each) => each.value === chosen)
    if (option) onValue(option.value)
  }
  return (
    <Field {...field}>
      {(control) => (
        <RadixSelect.Root
          // Radix wants '' for "nothing chosen yet" to stay controlled.
          value={value ?? ''}
          onValueChange={choose}
          name={name}
          disabled={disabled}
          required={!field.optional}
        >
          <RadixSelect.Trigger
            {...control}
            className={classNames(
              controlClasses,
              'flex items-center justify-between gap-2 text-left data-[placeholder]:text-ink-faint [&>span:first-child]:truncate',
            )}
          >
            <RadixSelect.Value placeholder={placeholder} />
            <RadixSelect.Icon className="text-ink-muted">
              <ChevronDown size={16} />
            </RadixSelect.Icon>
          </RadixSelect.Trigger>
          <RadixSelect.Portal>
            <RadixSelect.Content
              position="popper"
              sideOffset={4}
              collisionPadding={8}
              className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-lg bg-raised p-1 shadow-float"
            >
              <RadixSelect.Viewport>
                {options.map((option) => (
                  <RadixSelect.Item
                    key={option.value}
                    value={option.value}
                    disabled={option.disabled}
                    className="flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 py-1 outline-none data-[disabled]:text-ink-faint data-[highlighted]:bg-hover touch:min-h-11"
                  >
                    <span className="min-w-0 flex-1">
                      <RadixSelect.ItemText>{option.label}</RadixSelect.ItemText>
                      {option.hint && <span className="block text-ink-muted text-small">{option.hint}</span>}
                    </span>
                    <RadixSelect.ItemIndicator>
                      <Check size={16} className="text-accent" />
                    </RadixSelect.ItemIndicator>
                  </RadixSelect.Item>
                ))}
              </RadixSelect.Viewport>
            </RadixSelect.Content>
          </RadixSelect.Portal>
        </RadixSelect.Root>
      )}
    </Field>
  )
}
