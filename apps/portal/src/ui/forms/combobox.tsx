'use client'

import { Command } from 'cmdk'
import { Check, ChevronsUpDown } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState } from 'react'
import { classNames } from '../class-names.ts'
import { searchable } from '../values/searchable.ts'
import { controlClasses, Field, type FieldProps } from './field.tsx'
import type { Option } from './select.tsx'

/** One of many options, found by typing: time zones, sites of a large customer. */
export function Combobox<Value extends string>({
  options,
  value,
  onValue,
  placeholder = 'Choose',
  searchLabel = 'Search',
  ...field
}: FieldProps & {
  options: readonly Option<Value>[]
  value: Value | undefined
  onValue: (value: Value) => void
  placeholder?: string
  searchLabel?: string
}) {
  const [open, setOpen] = useState(false)
  const chosen = options.find((option) => option.value === value)
  return (
    <Field {...field}>
      {(control) => (
        <Popover.Root open={open} onOpenChange={setOpen}>
          <Popover.Trigger asChild>
            <button
              {...control}
              type="button"
              role="combobox"
              aria-expanded={open}
              className={classNames(
                controlClasses,
                'flex items-center justify-between gap-2 text-left',
                !chosen && 'text-ink-faint',
              )}
            >
              <span className="truncate">{chosen?.label ?? placeholder}</span>
              <ChevronsUpDown size={14} className="shrink-0 text-ink-muted" />
            </button>
          </Popover.Trigger>
          <Popover.Portal>
            <Popover.Content
              align="start"
              sideOffset={4}
              collisionPadding={8}
              className="z-50 w-(--radix-popover-trigger-width) min-w-60 overflow-hidden rounded-lg bg-raised shadow-float"
            >
              <Command label={field.label} loop filter={holdsEveryWord}>
                <Command.Input
                  placeholder={searchLabel}
                  className="h-9 w-full border-line border-b bg-transparent px-3 outline-none touch:h-11 touch:text-[16px]"
                />
                <Command.List className="max-h-64 overflow-y-auto p-1">
                  <Command.Empty className="px-2 py-3 text-ink-muted">Nothing matches.</Command.Empty>
                  {options.map((option) => (
                    <Command.Item
                      key={option.value}
                      value={option.value}
                      keywords={[option.label, ...(option.hint ? [option.hint] : [])]}
                      disabled={option.disabled}
                      onSelect={() => {
                        onValue(option.value)
                        setOpen(false)
                      }}
                      className="flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 data-[disabled=true]:text-ink-faint data-[selected=true]:bg-hover touch:min-h-11"
                    >
                      <span className="min-w-0 flex-1 truncate">{option.label}</span>
                      {option.hint && <span className="text-ink-faint text-small">{option.hint}</span>}
                      {option.value === value && <Check size={16} className="text-accent" />}
                    </Command.Item>
                  ))}
                </Command.List>
              </Command>
            </Popover.Content>
          </Popover.Portal>
        </Popover.Root>
      )}
    </Field>
  )
}

/** cmdk's own ranking finds "Lisbon" for "berlin"; here a match is a match. */
function holdsEveryWord(value: string, search: string, keywords: string[] = []): number {
  const text = searchable([value, ...keywords].join(' '))
  return searchable(search)
    .split(' ')
    .every((word) => text.includes(word))
    ? 1
    : 0
}
