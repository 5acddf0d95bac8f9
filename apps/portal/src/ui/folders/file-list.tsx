'use client'

/**
 * One folder at a time, as file managers show it: a table of what lies in it, to walk, open and tick.
 *
 * Keys: arrows walk, Enter opens, Backspace leads to the folder above, Space ticks.
 */
import { CornerDownRight, File, FileQuestion, Folder } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef } from 'react'
import { classNames } from '../class-names.ts'
import type { Problem } from '../feedback/problem.ts'
import { CheckboxBox } from '../forms/checkbox.tsx'
import { type Column, Table } from '../table/table.tsx'
import { Bytes } from '../values/amounts.tsx'
import { ForeignText } from '../values/foreign.tsx'
import { showForeignText } from '../values/foreign-text.ts'
import { Time } from '../values/time.tsx'
import type { Entry } from './listing.ts'
import { checkedState, choose, unchoose } from './selection.ts'

export type FileEntry = Entry & { modifiedAt: Date | string | null }

const icons = { folder: Folder, file: File, link: CornerDownRight, other: FileQuestion } as const

export function FileList(props: {
  /** Whose folder: "Folder /srv/data in the snapshot of 4 March". */
  label: string
  /** The one that is open. */
  folder: string
  /** Undefined while they are loading. */
  entries: readonly FileEntry[] | undefined
  problem?: Problem
  onRetry?: () => void
  empty: ReactNode
  chosen: readonly string[]
  onChosen: (chosen: string[]) => void
  openPath?: string
  onOpen: (entry: FileEntry) => void
  /** To the folder above; left out at the top. */
  onUp?: () => void
  siteZone: string | undefined
  footer?: ReactNode
}) {
  const { chosen, onChosen, onUp, siteZone, folder, entries } = props
  /** Who walks by keyboard goes on where he is: in the folder that he opened, or on the one that he came from. */
  const cameFrom = useRef<string | null>(null)
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (cameFrom.current === null || !entries || entries.length === 0) return
    const at = entries.findIndex(({ path }) => path === cameFrom.current)
    cameFrom.current = null
    frame.current?.querySelector<HTMLElement>(`[data-index="${Math.max(0, at)}"]`)?.focus()
  }, [entries])
  const leave = (go: () => void) => {
    cameFrom.current = folder
    go()
  }
  const columns = useMemo(() => columnsFor({ chosen, onChosen, siteZone }), [chosen, onChosen, siteZone])
  const press = (event: KeyboardEvent, entry: FileEntry) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const actions: Record<string, (() => void) | undefined> = {
      ' ': () => toggle(entry.path, chosen, onChosen),
      Backspace: onUp && (() => leave(onUp)),
    }
    const act = actions[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
  return (
    <div ref={frame}>
      <Table
        label={props.label}
        columns={columns}
        rows={entries}
        rowKey={(entry) => entry.path}
        problem={props.problem}
        onRetry={props.onRetry}
        empty={props.empty}
        view={props.label}
        openKey={props.openPath}
        onOpen={(entry) => (entry.kind === 'folder' ? leave(() => props.onOpen(entry)) : props.onOpen(entry))}
        onRowKey={press}
        isChosen={(entry) => checkedState(entry.path, chosen) === true}
        footer={props.footer}
      />
    </div>
  )
}

type Choice = {
  chosen: readonly string[]
  onChosen: (chosen: string[]) => void
}

function toggle(path: string, chosen: readonly string[], onChosen: Choice['onChosen']) {
  if (checkedState(path, chosen) !== true) return onChosen(choose(path, chosen))
  // What a chosen folder above brings with it cannot be left out here: that one can be unticked.
  const next = unchoose(path, chosen, () => undefined)
  if (next) onChosen(next)
}

function columnsFor({
  chosen,
  onChosen,
  siteZone,
}: Choice & { siteZone: string | undefined }): Column<FileEntry>[] {
  return [
    {
      id: 'chosen',
      header: '',
      widthPx: 40,
      cell: (entry) => (
        <span className="flex items-center">
          <CheckboxBox
            checked={checkedState(entry.path, chosen)}
            onChecked={() => toggle(entry.path, chosen, onChosen)}
            disabled={isFixed(entry.path, chosen)}
            tabIndex={-1}
            aria-label={showForeignText(entry.name)}
            title={isFixed(entry.path, chosen) ? 'Chosen with the folder above.' : undefined}
          />
        </span>
      ),
    },
    {
      id: 'name',
      header: 'Name',
      cell: (entry) => {
        const Icon = icons[entry.kind]
        return (
          <span className="flex min-w-0 items-center gap-2">
            <Icon size={16} className="shrink-0 text-ink-faint" aria-hidden="true" />
            <ForeignText className="truncate">{entry.name}</ForeignText>
          </span>
        )
      },
    },
    {
      id: 'size',
      header: 'Size',
      align: 'end',
      widthPx: 96,
      cell: ({ kind, sizeBytes }) =>
        sizeBytes === null || kind === 'link' ? (
          ''
        ) : (
          <span className={classNames(kind === 'folder' && 'text-ink-muted')}>
            <Bytes of={sizeBytes} />
          </span>
        ),
    },
    {
      id: 'modified',
      header: 'Changed',
      widthPx: 120,
      from: 'medium',
      cell: ({ modifiedAt }) =>
        modifiedAt === null ? '' : <Time at={new Date(modifiedAt)} siteZone={siteZone} />,
    },
  ]
}

function isFixed(path: string, chosen: readonly string[]): boolean {
  return checkedState(path, chosen) === true && !chosen.includes(path)
}
