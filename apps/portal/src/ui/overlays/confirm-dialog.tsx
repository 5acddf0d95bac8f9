'use client'

import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '../controls/button.tsx'
import { TextField } from '../forms/text-field.tsx'
import { Dialog } from './dialog.tsx'

/**
 * Asks once more before something that hurts. It names what, and how many. Where there is no way back, the
 * person types the name of the thing; wherever undo is possible, use a toast with undo instead of this.
 */
export function ConfirmDialog({
  open,
  onOpen,
  title,
  verb,
  typeToConfirm,
  pending,
  onConfirm,
  children,
}: {
  open: boolean
  onOpen: (open: boolean) => void
  /** The question: "Remove fileserver from Acme?" */
  title: string
  /** The button: "Remove server". */
  verb: string
  /** What has to be typed, when this cannot be undone. */
  typeToConfirm?: string
  pending?: boolean
  onConfirm: () => void
  /** What will happen, and what will not. */
  children: ReactNode
}) {
  const [typed, setTyped] = useState('')
  useEffect(() => {
    if (!open) setTyped('')
  }, [open])
  const ready = typeToConfirm === undefined || typed.trim() === typeToConfirm

  return (
    <Dialog
      open={open}
      onOpen={onOpen}
      title={title}
      width="small"
      held={pending}
      onSubmit={(event) => {
        event.preventDefault()
        if (ready && !pending) onConfirm()
      }}
      actions={
        <>
          <Button look="quiet" onClick={() => onOpen(false)} disabled={pending}>
            Cancel
          </Button>
          <Button look="danger" type="submit" disabled={!ready} pending={pending}>
            {verb}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="text-ink-muted">{children}</div>
        {typeToConfirm !== undefined && (
          <TextField
            label={`Type “${typeToConfirm}” to go on`}
            hint="This cannot be undone."
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            mono
          />
        )}
      </div>
    </Dialog>
  )
}
