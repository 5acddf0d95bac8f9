'use client'

/** "I know of it": for how long, and why. It goes into the log, and ends by itself when the condition gets worse. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { Select } from '#ui/forms/select.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import type { Condition } from './condition-list.tsx'

const TIMES = [
  { value: '1', label: 'A day' },
  { value: '7', label: 'A week' },
  { value: '30', label: 'A month' },
  { value: '90', label: 'Three months' },
] as const

export function KnownDialog({ condition, onClose }: { condition: Condition; onClose: () => void }) {
  const trpc = useTRPC()
  const toast = useToast()
  const [days, setDays] = useState<string>('7')
  const [note, setNote] = useState(condition.knownNote)
  const setKnown = useMutation(
    trpc.conditions.setKnown.mutationOptions({
      onSuccess: (_, { days }) => {
        toast({ title: days === 0 ? 'It counts again' : 'Known: it is not counted until then' })
        onClose()
      },
    }),
  )
  const problem = problemOf(setKnown.error)
  const send = (wanted: number) => setKnown.mutate({ conditionId: condition.id, days: wanted, note })
  return (
    <Dialog
      open
      onOpen={(open) => open || onClose()}
      held={setKnown.isPending}
      title={condition.title}
      description={condition.sentence}
      width="small"
      onSubmit={(event) => {
        event.preventDefault()
        if (!setKnown.isPending) send(Number(days))
      }}
      actions={
        <>
          {condition.knownUntil && (
            <Button look="quiet" onClick={() => send(0)} disabled={setKnown.isPending}>
              Count it again
            </Button>
          )}
          <Button look="primary" type="submit" pending={setKnown.isPending}>
            I know of it
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-ink-muted">
          It stays in the list of what is known, and counts again after this time, or at once if it gets
          worse.
        </p>
        <Select label="For how long" options={TIMES} value={days} onValue={setDays} />
        <TextField
          label="Why"
          optional
          value={note}
          maxLength={500}
          onChange={(event) => setNote(event.target.value)}
          autoComplete="off"
        />
        {problem && <ProblemNotice problem={problem} />}
      </div>
    </Dialog>
  )
}
