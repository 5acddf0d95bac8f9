'use client'

/** The button that has restoring tried at once, and what became of the click; the drill itself comes onto the page. */
import { REFUSALS } from '@holdfast/protocol'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { Menu } from '#ui/controls/menu.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Status } from '#ui/status/status.tsx'

type Asked = ReturnType<typeof useDrillNow>

const ON_ITS_WAY = new Set(['queued', 'delivered', 'accepted', 'running'])
const NOT_DONE = new Set(['refused', 'expired', 'failed', 'unknown'])

export function useDrillNow() {
  const trpc = useTRPC()
  const [commandId, setCommandId] = useState<string>()
  const start = useMutation(
    trpc.drills.start.mutationOptions({ onSuccess: (given) => setCommandId(given.commandId) }),
  )
  const { data: command } = useQuery({
    ...trpc.commands.get.queryOptions({ commandId: commandId ?? '' }),
    enabled: commandId !== undefined,
  })
  const isOnItsWay = command !== undefined && ON_ITS_WAY.has(command.state)
  return { start, command, isOnItsWay }
}

export function DrillNow({ asked, of }: { asked: Asked; of: Outputs['drills']['list'] }) {
  const trpc = useTRPC()
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const { start, isOnItsWay } = asked
  const [plan, ...others] = of.plans
  if (!me?.rights.includes('runs.start')) return null
  const whyNot = !plan
    ? 'No plan of this server wants drills: switch "Try to restore" on, on the Backup page.'
    : !of.canDrillNow
      ? 'Its agent is too old for that: update it.'
      : isOnItsWay
        ? 'A drill is on its way.'
        : null
  const button = (
    <Button
      size="small"
      className="print:hidden"
      disabled={whyNot !== null}
      title={whyNot ?? undefined}
      pending={start.isPending}
      onClick={others.length === 0 && plan ? () => start.mutate({ planId: plan.id }) : undefined}
    >
      Drill now
    </Button>
  )
  if (!plan || others.length === 0 || whyNot !== null) return button
  const entries = [plan, ...others].map(({ id, name }) => ({
    label: name,
    onChoose: () => start.mutate({ planId: id }),
  }))
  return <Menu trigger={button} groups={[{ heading: 'Which plan?', entries }]} />
}

/** Nothing when all is well: then the drill is on the page. */
export function DrillAsked({ asked: { start, command, isOnItsWay } }: { asked: Asked }) {
  const problem = problemOf(start.error)
  const whyNone = command && NOT_DONE.has(command.state) ? command.code : null
  if (!problem && !isOnItsWay && !whyNone) return null
  return (
    <div className="flex max-w-190 flex-col gap-2 px-(--page-x) pb-3 print:hidden">
      {command && isOnItsWay && (
        <p role="status">
          <Status
            kind="command"
            state={command.state}
            word={command.state === 'queued' ? 'Waiting for the server to connect' : undefined}
          />
        </p>
      )}
      {command && whyNone && (
        <ProblemNotice problem={{ code: whyNone, ...REFUSALS[whyNone] }} detail={command.detail} />
      )}
      {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
    </div>
  )
}
