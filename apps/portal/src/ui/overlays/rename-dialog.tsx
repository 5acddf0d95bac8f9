'use client'

import { type ReactNode, useState } from 'react'
import { Button } from '../controls/button.tsx'
import { TextField } from '../forms/text-field.tsx'
import { Dialog } from './dialog.tsx'

/** Gives a thing another name. Mount it when it opens, so that it begins with the present one. */
export function RenameDialog({
  title,
  name,
  error,
  pending,
  onRename,
  onClose,
  children,
}: {
  /** "Rename Acme". */
  title: string
  /** The present name. */
  name: string
  /** What is wrong with the new one. */
  error?: string
  pending: boolean
  onRename: (name: string) => void
  onClose: () => void
  /** What else went wrong. */
  children?: ReactNode
}) {
  const [typed, setTyped] = useState(name)
  return (
    <Dialog
      open
      onOpen={(open) => open || onClose()}
      held={pending}
      title={title}
      width="small"
      onSubmit={(event) => {
        event.preventDefault()
        if (!pending) onRename(typed)
      }}
      actions={
        <>
          <Button look="quiet" onClick={onClose} disabled={pending}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={pending}>
            Rename
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {children}
        <TextField
          label="Name"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={error}
          autoComplete="off"
        />
      </div>
    </Dialog>
  )
}
