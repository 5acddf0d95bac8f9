'use client'

/**
 * The palette: everywhere one can go and everything one can do, found by typing (Ctrl-K, Cmd-K).
 * What it offers is computed by the caller from the query, so that ten thousand servers stay fast: see
 * `bestMatches`.
 */
import { Command } from 'cmdk'
import { Search } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { Kbd } from '../controls/kbd.tsx'
import { useFocusReturn } from '../overlays/focus-return.ts'
import { useKey, usePrintedKeys } from './keys.tsx'

export type PaletteItem = {
  id: string
  label: string
  /** Where it is, or what it does: "Acme, Berlin". */
  hint?: string
  icon?: ReactNode
  onChoose: () => void
}

export type PaletteGroup = { heading: string; items: readonly PaletteItem[] }

export function Palette({
  open,
  onOpen,
  groups,
}: {
  open: boolean
  onOpen: (open: boolean) => void
  /** What to offer for what has been typed so far; for an empty query, what one usually wants. */
  groups: (query: string) => readonly PaletteGroup[]
}) {
  const [query, setQuery] = useState('')
  const { remember, onCloseAutoFocus } = useFocusReturn()
  useKey({ keys: 'mod+k', does: 'Search and do anything', group: 'Everywhere' }, () => onOpen(!open))

  const change = (next: boolean) => {
    if (!next) setQuery('')
    onOpen(next)
  }

  return (
    <Dialog.Root open={open} onOpenChange={change}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={remember}
          onCloseAutoFocus={onCloseAutoFocus}
          className="fixed inset-x-2 top-2 z-50 mx-auto max-w-150 overflow-hidden rounded-lg bg-raised shadow-float outline-none [--glyph-ground:var(--color-raised)] sm:top-[14dvh]"
        >
          <Dialog.Title className="sr-only">Search and do anything</Dialog.Title>
          <Command shouldFilter={false} loop label="Search and do anything">
            <div className="flex items-center gap-2.5 border-line border-b px-4">
              <Search size={16} className="shrink-0 text-ink-faint" />
              <Command.Input
                value={query}
                onValueChange={setQuery}
                placeholder="Find a server, a customer or an action"
                className="h-12 min-w-0 flex-1 bg-transparent text-lead outline-none"
              />
              <span className="touch:hidden">
                <Kbd>Esc</Kbd>
              </span>
            </div>
            <Command.List className="max-h-[min(60dvh,420px)] scroll-py-2 overflow-y-auto p-2">
              <Command.Empty className="px-2 py-6 text-ink-muted">Nothing is called that.</Command.Empty>
              {open &&
                groups(query)
                  .filter((group) => group.items.length > 0)
                  .map((group) => (
                    <Command.Group
                      key={group.heading}
                      heading={group.heading}
                      className="not-first:mt-2 [&>[cmdk-group-heading]]:px-2 [&>[cmdk-group-heading]]:pb-1 [&>[cmdk-group-heading]]:text-ink-faint [&>[cmdk-group-heading]]:text-small"
                    >
                      {group.items.map((item) => (
                        <Command.Item
                          key={item.id}
                          value={item.id}
                          onSelect={() => {
                            change(false)
                            item.onChoose()
                          }}
                          className="flex min-h-9 cursor-default select-none items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-hover data-[selected=true]:[--glyph-ground:var(--color-hover)] touch:min-h-11"
                        >
                          <span className="grid size-4 shrink-0 place-items-center text-ink-muted">
                            {item.icon}
                          </span>
                          <span className="truncate">{item.label}</span>
                          {item.hint && (
                            <span className="ml-auto min-w-0 truncate pl-4 text-ink-faint text-small">
                              {item.hint}
                            </span>
                          )}
                        </Command.Item>
                      ))}
                    </Command.Group>
                  ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** Opens the palette with the mouse, and tells the key that does it. */
export function PaletteButton({ onOpen }: { onOpen: () => void }) {
  const keys = usePrintedKeys('mod+k')
  return (
    <button
      type="button"
      onClick={onOpen}
      aria-label="Search and do anything"
      className="flex h-8 touch:size-10 min-w-0 touch:justify-center items-center gap-2 rounded-md border border-line bg-surface px-2.5 touch:px-0 text-ink-faint transition-colors hover:border-line-field hover:text-ink-muted"
    >
      <Search size={14} className="shrink-0" />
      <span className="hidden w-32 truncate text-left lg:inline">Search</span>
      <span className="hidden lg:inline touch:hidden">
        <Kbd>{keys.join(' ')}</Kbd>
      </span>
    </button>
  )
}
