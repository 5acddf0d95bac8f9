'use client'

/**
 * Makes a recovery kit. The key pair is made here, in this page; only its public half goes to the portal, and only once the
 * person says that the printed kit is safe: from then on servers seal to it.
 */
import { type KeyPair, makeKeyPair } from '@holdfast/protocol/sealing'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { CopyField } from '#ui/controls/copy-field.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { Checkbox } from '#ui/forms/checkbox.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { fileNameOf, saveFile } from './downloads.ts'
import { type KitRepository, makeKit } from './kit.ts'

export function MakeKitDialog({
  customer,
  repositories,
  isAnother,
  onClose,
}: {
  customer: { readonly id: string; readonly name: string }
  repositories: readonly KitRepository[]
  /** There is one already. */
  isAnother: boolean
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const toast = useToast()
  const [pair, setPair] = useState<KeyPair>()
  const [isSaved, setIsSaved] = useState(false)
  const [isSafe, setIsSafe] = useState(false)
  const [isDrawing, setIsDrawing] = useState(false)
  const setKey = useMutation(
    trpc.recovery.setKey.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries(trpc.recovery.pathFilter())
        toast({ title: 'Recovery kit in use. Servers seal their keys to it as they connect.' })
        onClose()
      },
    }),
  )
  const problem = problemOf(setKey.error)

  const save = async ({ identity, recipient }: KeyPair) => {
    setIsDrawing(true)
    try {
      const { drawKit } = await import('./kit-pdf.ts')
      const pdf = await drawKit(makeKit({ customer, identity, recipient, madeAt: new Date(), repositories }))
      saveFile(`recovery-kit-${fileNameOf(customer.name)}.pdf`, pdf, 'application/pdf')
      setIsSaved(true)
    } finally {
      setIsDrawing(false)
    }
  }

  return (
    <Dialog
      open
      onOpen={(open) => !open && onClose()}
      held={pair !== undefined}
      title={isAnother ? 'Make a new recovery kit' : 'Make a recovery kit'}
      description="A key on paper that opens all backups of this customer, when the portal and every server are gone."
      actions={
        pair === undefined ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" onClick={() => void makeKeyPair().then(setPair)}>
              Make the key
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>Throw this key away</Button>
            <Button
              look="primary"
              disabled={!isSaved || !isSafe}
              pending={setKey.isPending}
              onClick={() => setKey.mutate({ customerId: customer.id, recipient: pair.recipient })}
            >
              Use this kit
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4 pt-1">
        {pair === undefined ? (
          <Before isAnother={isAnother} />
        ) : (
          <>
            <Notice look="warning" title="This key is shown only now">
              It was made in this browser, and the portal will never have it. Whoever has it and a backup can
              read everything in it.
            </Notice>
            <CopyField label="Private key" value={pair.identity} secret multiline />
            <CopyField label="Public key" value={pair.recipient} multiline />
            <Button
              className="self-start"
              look={isSaved ? 'secondary' : 'primary'}
              icon={<Download size={16} />}
              pending={isDrawing}
              onClick={() => void save(pair)}
            >
              Download the kit (PDF)
            </Button>
            <Checkbox
              label="The kit is printed, or stored where only people we trust can reach it"
              hint="Print it and delete the file. The sheet says how to get everything back with it."
              checked={isSafe}
              onChecked={setIsSafe}
              disabled={!isSaved}
            />
            {problem && <ProblemNotice problem={problem} />}
          </>
        )}
      </div>
    </Dialog>
  )
}

function Before({ isAnother }: { isAnother: boolean }) {
  return (
    <>
      <p>
        Each backup is encrypted with a key that its server made. The kit is a key to these keys: servers seal
        theirs to its public half, and only the sheet that you print opens them.
      </p>
      {isAnother && (
        <Notice look="warning" title="Keep the present kit for now">
          Servers take another key only when a person at the site accepts it, with holdfast-agent recovery
          accept. Until then the kit that you have opens their backups.
        </Notice>
      )}
    </>
  )
}
