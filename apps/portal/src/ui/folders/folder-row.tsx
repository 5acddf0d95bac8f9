'use client'

import { ChevronRight, CornerDownRight, File, FileQuestion, Folder, HardDrive } from 'lucide-react'
import { classNames } from '../class-names.ts'
import { Button } from '../controls/button.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { CheckboxBox } from '../forms/checkbox.tsx'
import { Glyph } from '../status/glyph.tsx'
import { ForeignText } from '../values/foreign.tsx'
import { formatBytes } from '../values/format.ts'
import type { FolderRow } from './listing.ts'

const icons = { folder: Folder, file: File, link: CornerDownRight, other: FileQuestion } as const

/** One folder or file with its box. */
export function EntryRow({
  row,
  isFixed,
  onToggle,
  onFold,
}: {
  row: FolderRow & { kind: 'entry' }
  /** Chosen by a folder above, whose other items are not known yet. */
  isFixed: boolean
  onToggle: () => void
  onFold: () => void
}) {
  const { entry, checked, open } = row
  const Icon = row.level === 1 ? HardDrive : icons[entry.kind]
  return (
    <>
      {open === undefined ? (
        <span className="w-7 shrink-0 touch:w-10" />
      ) : (
        <button
          type="button"
          tabIndex={-1}
          aria-hidden="true"
          onClick={onFold}
          className="grid w-7 shrink-0 touch:w-10 place-items-center self-stretch text-ink-faint hover:text-ink"
        >
          <ChevronRight
            size={14}
            className={classNames('transition-transform duration-100', open && 'rotate-90')}
          />
        </button>
      )}
      <CheckboxBox
        checked={checked}
        onChecked={onToggle}
        disabled={isFixed}
        tabIndex={-1}
        aria-hidden="true"
        title={boxTitle(checked, isFixed)}
      />
      {/* The name opens a folder and ticks a file: in both cases, the next thing one wants. */}
      <button
        type="button"
        tabIndex={-1}
        onClick={open === undefined ? onToggle : onFold}
        className="flex min-w-0 flex-1 items-center gap-2 self-stretch pl-2 text-left"
      >
        <Icon size={16} className="shrink-0 text-ink-faint" />
        <ForeignText className="truncate">{entry.name}</ForeignText>
      </button>
      {entry.sizeBytes !== null && entry.kind === 'file' && (
        <span className="shrink-0 pl-3 text-ink-muted text-small">{formatBytes(entry.sizeBytes)}</span>
      )}
    </>
  )
}

/** What stands below the items of a folder. */
export function NoteRow({
  note,
  onNeed,
}: {
  note: (FolderRow & { kind: 'note' })['note']
  onNeed: () => void
}) {
  if (note === 'loading') {
    return (
      <span className="ml-13 flex-1" role="status">
        <span className="sr-only">Loading</span>
        <Skeleton className="w-40 max-w-full" />
      </span>
    )
  }
  if (note === 'empty') return <span className="ml-13 text-ink-faint">Nothing in here</span>
  if (note === 'more') {
    return (
      <Button look="quiet" size="small" tabIndex={-1} onClick={onNeed} className="ml-11">
        Show more
      </Button>
    )
  }
  return (
    <span className="ml-13 flex min-w-0 flex-1 flex-wrap items-center gap-x-2 py-1">
      <Glyph shape="octagon-cross" tone="bad" />
      <span>
        {note.title}. <span className="text-ink-muted">{note.todo}</span>
      </span>
      <Button look="quiet" size="small" tabIndex={-1} onClick={onNeed}>
        Try again
      </Button>
    </span>
  )
}

function boxTitle(checked: boolean | 'mixed', isFixed: boolean): string | undefined {
  if (isFixed) return 'Chosen with the folder above. Open that one fully to take single items out.'
  if (checked === 'mixed') return 'Only what is ticked inside is chosen. Items added later are not.'
  return checked ? 'Chosen with everything in it, also what is added later.' : undefined
}
