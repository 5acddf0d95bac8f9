'use client'

/**
 * Opens the repository of another server here, to restore from it. The recovery key is used in this browser and goes
 * nowhere: what it opens is sealed anew, to the agent of this server.
 */
import { REFUSALS } from '@holdfast/protocol'
import { SealingError } from '@holdfast/protocol/sealing'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { RecoveryKeyField } from '#recovery/recovery-key-field.tsx'
import { resealForAgent } from '#recovery/reseal.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { RadioChoice } from '#ui/forms/radio-choice.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { showForeignText } from '#ui/values/foreign-text.ts'

type Other = Outputs['restore']['others'][number]

const ASK_AGAIN_MS = 2_000
const ON_ITS_WAY = new Set(['queued', 'delivered', 'accepted', 'running'])

export function OtherServerDialog({
  serverId,
  serverName,
  onClose,
}: {
  serverId: string
  serverName: string
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const others = useQuery(
    trpc.restore.others.queryOptions(
      { serverId },
      {
        refetchInterval: ({ state }) =>
          state.data?.some(({ opening }) => opening && ON_ITS_WAY.has(opening.state)) ? ASK_AGAIN_MS : false,
      },
    ),
  )
  const [repositoryId, setRepositoryId] = useState<string>()
  const [recoveryKey, setRecoveryKey] = useState('')
  const [keyError, setKeyError] = useState<string>()
  const open = useMutation(
    trpc.restore.openRepository.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.restore.others.queryFilter({ serverId })),
    }),
  )
  const chosen = others.data?.find(({ id }) => id === repositoryId) ?? others.data?.[0]
  const problem = problemOf(open.error ?? others.error)
  const isOpening = open.isPending || (chosen?.opening != null && ON_ITS_WAY.has(chosen.opening.state))
  const isOpen = chosen?.opening?.state === 'succeeded'

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (chosen === undefined || isOpening || isOpen) return
    setKeyError(undefined)
    try {
      const { sealed, sealedTo, agentRecipient } = await queries.fetchQuery(
        trpc.recovery.forRestore.queryOptions({ repositoryId: chosen.id, serverId }, { staleTime: 0 }),
      )
      if (agentRecipient === null)
        return setKeyError('The agent of this server is too old for this. Update it first.')
      const anew = await resealForAgent({ recoveryKey, sealed, sealedTo, agentRecipient })
      setRecoveryKey('')
      open.mutate({ serverId, repositoryId: chosen.id, sealed: anew })
    } catch (error) {
      setKeyError(
        error instanceof SealingError ? error.message : (problemOf(error)?.title ?? 'It cannot be opened.'),
      )
    }
  }

  return (
    <Dialog
      open
      onOpen={onClose}
      title={`Restore from another server to ${serverName}`}
      description="Of the same customer, and from a place that both servers reach."
      onSubmit={(event) => void submit(event)}
      actions={
        isOpen || others.data?.length === 0 ? (
          <>
            {chosen && isOpen && <CloseHere serverId={serverId} serverName={serverName} other={chosen} />}
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </>
        ) : (
          <>
            <Button look="quiet" onClick={onClose}>
              Cancel
            </Button>
            <Button
              look="primary"
              type="submit"
              pending={isOpening}
              disabled={recoveryKey === '' || !chosen?.isSealed}
            >
              Open its snapshots here
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
        {others.data?.length === 0 && (
          <EmptyState
            title="No other server has a repository that this one could reach"
            className="px-0 py-0"
          >
            A folder of another machine cannot be read from here. A vault, SFTP, S3 and the like can.
          </EmptyState>
        )}
        {others.data && chosen && (
          <RadioChoice
            label="Whose snapshots"
            value={chosen.id}
            onValue={(id) => {
              setRepositoryId(id)
              open.reset()
            }}
            options={others.data.map(toOption)}
          />
        )}
        {chosen && <Opening other={chosen} serverName={serverName} />}
        {chosen?.isSealed && !isOpen && (
          <RecoveryKeyField value={recoveryKey} onValue={setRecoveryKey} error={keyError} />
        )}
      </div>
    </Dialog>
  )
}

/** Nothing is lost by it: the snapshots stay where they are, and the key opens them here again. */
function CloseHere({ serverId, serverName, other }: { serverId: string; serverName: string; other: Other }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const toast = useToast()
  const close = useMutation(
    trpc.restore.closeRepository.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries(trpc.restore.pathFilter())
        toast({ title: `The snapshots of ${other.serverName} are no longer open on ${serverName}` })
      },
      onError: (error) =>
        toast({ tone: 'bad', title: problemOf(error)?.title ?? 'They could not be closed' }),
    }),
  )
  return (
    <Button
      look="quiet"
      pending={close.isPending}
      onClick={() => close.mutate({ serverId, repositoryId: other.id })}
    >
      Close them here
    </Button>
  )
}

function toOption({ id, name, serverName, kind, location }: Other) {
  // What the place of a vault is called says nothing to people.
  const hint = kind === 'vault' ? 'In the vault' : showForeignText(location)
  return { value: id, label: `${serverName}: ${showForeignText(name)}`, hint }
}

function Opening({ other, serverName }: { other: Other; serverName: string }) {
  const { isSealed, opening, serverName: owner } = other
  if (!isSealed)
    return (
      <Notice look="warning" title={`${owner} has not sealed its key yet`}>
        Nobody can open its repository elsewhere before it has. It does that by itself once its customer has a
        recovery kit and it is connected.
      </Notice>
    )
  if (opening?.state === 'succeeded')
    return (
      <Notice title={`The snapshots of ${owner} are open on ${serverName}`}>
        They stand on the time line among its own. Nothing is ever written to their repository from here.
        Close them when you have what you need: the server then forgets what opens it.
      </Notice>
    )
  if (opening?.code)
    return (
      <ProblemNotice problem={{ code: opening.code, ...REFUSALS[opening.code] }} detail={opening.detail} />
    )
  return null
}
