'use client'

/** The button that starts a backup, and what became of the click until the run itself is on the page. */
import { REFUSALS } from '@holdfast/protocol'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { Menu } from '#ui/controls/menu.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Status } from '#ui/status/status.tsx'

export function BackUpNow({ serverId }: { serverId: string }) {
  const trpc = useTRPC()
  const server = useQuery(trpc.servers.get.queryOptions({ serverId }))
  const [commandId, setCommandId] = useState<string>()
  const start = useMutation(
    trpc.runs.start.mutationOptions({ onSuccess: (given) => setCommandId(given.commandId) }),
  )
  const command = useQuery({
    ...trpc.commands.get.queryOptions({ commandId: commandId ?? '' }),
    enabled: commandId !== undefined,
  })
  if (!server.data) return null
  const [plan, ...others] = server.data.plans
  const isRunning = server.data.runs.some((run) => run.state === 'running')
  const whyNot = !plan
    ? 'First choose what to back up, on the Backup page.'
    : isRunning
      ? 'A backup is being made right now.'
      : null
  const problem = problemOf(start.error)
  const state = command.data?.state
  const isWaiting = state === 'queued' || state === 'delivered' || state === 'accepted'

  return (
    <div className="flex max-w-100 flex-col items-end gap-2 max-sm:items-start">
      {plan && others.length > 0 && whyNot === null ? (
        <Menu
          trigger={
            <Button look="primary" pending={start.isPending}>
              Back up now
            </Button>
          }
          groups={[
            {
              heading: 'Which plan?',
              entries: [plan, ...others].map(({ id, name }) => ({
                label: name,
                onChoose: () => start.mutate({ planId: id }),
              })),
            },
          ]}
        />
      ) : (
        <Button
          look="primary"
          disabled={whyNot !== null}
          title={whyNot ?? undefined}
          pending={start.isPending}
          onClick={() => plan && start.mutate({ planId: plan.id })}
        >
          Back up now
        </Button>
      )}
      {state && isWaiting && !isRunning && (
        <span role="status">
          <Status
            kind="command"
            state={state}
            word={state === 'queued' ? 'Waiting for the server to connect' : undefined}
          />
        </span>
      )}
      {command.data?.code && (state === 'refused' || state === 'expired') && (
        <ProblemNotice
          problem={{ code: command.data.code, ...REFUSALS[command.data.code] }}
          detail={command.data.detail}
        />
      )}
      {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
    </div>
  )
}
