'use client'

import { type FormEvent, useState } from 'react'
import { Button } from '#ui/controls/button.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'

type Range = { from: string | undefined; to: string | undefined }

/** From when to when, by the clock of whoever looks. Either end may be left open. */
export function TimeRangeDialog({
  from,
  to,
  onOpen,
  onChoose,
}: Partial<Range> & { onOpen: (open: boolean) => void; onChoose: (range: Range) => void }) {
  const [typedFrom, setFrom] = useState(toLocal(from))
  const [typedTo, setTo] = useState(toLocal(to))
  const isTurned = typedFrom !== '' && typedTo !== '' && typedTo <= typedFrom
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isTurned) return
    onChoose({ from: fromLocal(typedFrom), to: fromLocal(typedTo) })
    onOpen(false)
  }
  return (
    <Dialog
      open
      onOpen={onOpen}
      title="Choose a time"
      description="By the clock of this browser. Leave one empty for no limit."
      onSubmit={submit}
      actions={
        <>
          <Button look="quiet" onClick={() => onOpen(false)}>
            Cancel
          </Button>
          <Button look="primary" type="submit">
            Show
          </Button>
        </>
      }
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="From"
          type="datetime-local"
          optional
          value={typedFrom}
          onChange={(event) => setFrom(event.target.value)}
        />
        <TextField
          label="Until"
          type="datetime-local"
          optional
          value={typedTo}
          onChange={(event) => setTo(event.target.value)}
          error={isTurned ? 'This is before the beginning.' : undefined}
        />
      </div>
    </Dialog>
  )
}

/** `2026-11-21T07:14`, which is what such a field holds. */
function toLocal(iso: string | undefined): string {
  if (iso === undefined) return ''
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function fromLocal(typed: string): string | undefined {
  const at = new Date(typed)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
