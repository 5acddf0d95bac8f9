'use client'

import { Search, X } from 'lucide-react'
import type { KeyboardEventHandler, Ref } from 'react'
import { classNames } from '../class-names.ts'
import { Kbd } from '../controls/kbd.tsx'
import { controlClasses } from './field.tsx'

/** Narrows what is listed below it while one types. Esc clears it. */
export function SearchField({
  label,
  value,
  onValue,
  keys,
  onKeyDown,
  className,
  ref,
}: {
  label: string
  value: string
  onValue: (value: string) => void
  /** The key that leads here, shown while the field is empty. */
  keys?: string
  onKeyDown?: KeyboardEventHandler<HTMLInputElement>
  className?: string
  ref?: Ref<HTMLInputElement>
}) {
  return (
    <div className={classNames('relative min-w-0', className)}>
      <Search
        size={14}
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 text-ink-faint"
      />
      <input
        ref={ref}
        type="text"
        inputMode="search"
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && value) {
            event.preventDefault()
            event.stopPropagation()
            onValue('')
          } else onKeyDown?.(event)
        }}
        className={classNames(controlClasses, 'border-line pr-8 pl-8')}
      />
      <span className="-translate-y-1/2 absolute top-1/2 right-1.5 flex">
        {value ? (
          <button
            type="button"
            aria-label="Clear"
            onClick={() => onValue('')}
            className="grid size-6 place-items-center rounded-sm text-ink-muted hover:bg-hover hover:text-ink"
          >
            <X size={14} />
          </button>
        ) : (
          keys && (
            <span className="pointer-events-none touch:hidden">
              <Kbd>{keys}</Kbd>
            </span>
          )
        )}
      </span>
    </div>
  )
}
