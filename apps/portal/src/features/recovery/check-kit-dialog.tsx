'use client'

/** Tries a kit: whether the sheet in somebody's hands opens what servers have sealed. Nothing leaves the browser. */
import { readRepositoryKey } from '@holdfast/protocol'
import { recipientOf, SealingError, unseal } from '@holdfast/protocol/sealing'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { RecoveryKeyField } from '#recovery/recovery-key-field.tsx'
import { cleanRecoveryKey } from '#recovery/reseal.ts'
import { useTRPC } from '#trpc/client.tsx'
import { Button } from '#ui/controls/button.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { formatCounted } from '#ui/values/format.ts'

type Sealed = { readonly sealed: string; readonly recipient: string }
type Found = { readonly opened: number; readonly of: number }

export function CheckKitDialog({ customerId, onClose }: { customerId: string; onClose: () => void }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.recovery.sealed.queryOptions({ customerId }))
  const [typed, setTyped] = useState('')
  const [found, setFound] = useState<Found>()
  const [error, setError] = useState<string>()

  const check = async (event: FormEvent) => {
    event.preventDefault()
    setFound(undefined)
    try {
      setFound(await openAll(cleanRecoveryKey(typed), query.data ?? []))
    } catch (failure) {
      if (!(failure instanceof SealingError)) throw failure
      setError(failure.message)
    }
  }
  return (
    <Dialog
      open
      onOpen={(open) => !open && onClose()}
      title="Check a recovery kit"
      description="Shows whether the sheet that you have opens the backups."
      onSubmit={(event) => void check(event)}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" type="submit" disabled={!query.data || typed === ''}>
            Check
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 pt-1">
        <RecoveryKeyField
          value={typed}
          onValue={(value) => {
            setTyped(value)
            setError(undefined)
            setFound(undefined)
          }}
          error={error}
        />
        <div role="status">{found && <Verdict {...found} />}</div>
      </div>
    </Dialog>
  )
}

function Verdict({ opened, of }: Found) {
  const all = formatCounted(of, 'repository', 'repositories')
  if (of === 0) return <Notice title="It is a sound key, but nothing has been sealed yet" />
  if (opened === of) return <Notice title={`This kit opens ${of === 1 ? 'the repository' : `all ${all}`}`} />
  return (
    <Notice look="warning" title={`This kit opens ${opened} of ${all}`}>
      The others are sealed to another kit.
    </Notice>
  )
}

async function openAll(identity: string, keys: readonly Sealed[]): Promise<Found> {
  const recipient = await recipientOf(identity)
  let opened = 0
  for (const key of keys) {
    if (key.recipient !== recipient) continue
    const text = await unseal(key.sealed, identity).catch(() => '')
    if (readRepositoryKey(text) !== null) opened += 1
  }
  return { opened, of: keys.length }
}
