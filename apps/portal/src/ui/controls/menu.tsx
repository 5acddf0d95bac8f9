'use client'

import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { classNames } from '../class-names.ts'

export type MenuEntry = {
  label: string
  icon?: ReactNode
  /** Printed at the right: the key that does the same. */
  keys?: string
  onChoose: () => void
  look?: 'danger'
  /** Given, the entry is one of a choice, and is ticked or not. */
  checked?: boolean
  disabled?: boolean
}

/** Entries that belong together; a hairline parts one group from the next. */
export type MenuGroup = { heading?: string; entries: readonly MenuEntry[] }

const groupClasses = 'not-first:mt-1 not-first:border-line not-first:border-t not-first:pt-1'

/** Actions on one thing. The trigger must accept a ref: a Button or an IconButton. */
export function Menu({
  trigger,
  groups,
  align = 'end',
}: {
  trigger: ReactNode
  groups: readonly MenuGroup[]
  align?: 'start' | 'end'
}) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-44 max-w-80 rounded-lg bg-raised p-1 shadow-float data-[state=open]:animate-appear"
        >
          {groups.map((group) => (
            <DropdownMenu.Group key={group.heading ?? group.entries[0]?.label} className={groupClasses}>
              {group.heading && (
                <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-ink-faint text-small">
                  {group.heading}
                </DropdownMenu.Label>
              )}
              {group.entries.map((entry) => (
                <MenuRow key={entry.label} entry={entry} />
              ))}
            </DropdownMenu.Group>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

function MenuRow({ entry }: { entry: MenuEntry }) {
  const rowClasses = classNames(
    'flex min-h-8 cursor-default select-none items-center gap-2.5 rounded-md px-2 outline-none touch:min-h-11',
    'data-[disabled]:text-ink-faint data-[highlighted]:bg-hover',
    entry.look === 'danger' && 'text-bad data-[highlighted]:bg-bad-tint',
  )
  const inside = (
    <>
      {entry.icon && <span className="text-ink-muted [.text-bad_&]:text-bad">{entry.icon}</span>}
      <span className="min-w-0 flex-1">{entry.label}</span>
      {entry.keys && <span className="text-ink-faint text-small">{entry.keys}</span>}
    </>
  )
  return entry.checked === undefined ? (
    <DropdownMenu.Item disabled={entry.disabled} onSelect={entry.onChoose} className={rowClasses}>
      {inside}
    </DropdownMenu.Item>
  ) : (
    <DropdownMenu.CheckboxItem
      checked={entry.checked}
      disabled={entry.disabled}
      onSelect={entry.onChoose}
      className={rowClasses}
    >
      {inside}
      <DropdownMenu.ItemIndicator>
        <Check size={16} className="text-accent" />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.CheckboxItem>
  )
}
