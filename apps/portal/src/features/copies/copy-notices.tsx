'use client'

/** Another machine uses this server's name: what is known of it, and the ways out for whoever may decide. */
import { useMutation, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { ConfirmDialog } from '#ui/overlays/confirm-dialog.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { Time } from '#ui/values/time.tsx'

type Copy = Outputs['copies']['list'][number]
type Server = Outputs['servers']['get']

export function CopyNotices({ serverId }: { serverId: string }) {
  const trpc = useTRPC()
  const { data: server } = useQuery(trpc.servers.get.queryOptions({ serverId }))
  const { data: copies } = useQuery(trpc.copies.list.queryOptions({ serverId }))
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  if (!server || !copies || copies.length === 0) return null
  const mayDecide = me?.rights.includes('servers.register') ?? false
  return (
    <div className="flex max-w-190 flex-col gap-2 px-(--page-x) pb-4">
      {copies.map((copy) => (
        <CopyNotice key={copy.instance} copy={copy} server={server} mayDecide={mayDecide} />
      ))}
    </div>
  )
}

function CopyNotice({ copy, server, mayDecide }: { copy: Copy; server: Server; mayDecide: boolean }) {
  const { hostname, address, firstAt, lastAt, times } = copy
  const siteZone = server.site.timeZone
  return (
    <Notice look="warning" title="Another machine is using this server’s name">
      <div className="flex flex-col gap-2">
        <p>
          <ForeignText className="font-medium text-ink">{hostname || 'A machine without a name'}</ForeignText>{' '}
          at <ForeignText className="font-mono text-small">{address}</ForeignText> has the name and the
          password of <span className="font-mono text-small">{server.fullName}</span> and is turned away.{' '}
          <Linked server={server} /> Its connection and its backups are not disturbed.
        </p>
        <p className="text-small">
          First seen <Time at={firstAt} siteZone={siteZone} />, last <Time at={lastAt} siteZone={siteZone} />,{' '}
          {times === 1 ? 'once' : `${times.toLocaleString('en')} times`}.
        </p>
        {mayDecide ? (
          <Decision copy={copy} server={server} />
        ) : (
          <p className="text-ink">
            Tell your provider: a person has to decide which machine is the right one.
          </p>
        )}
      </div>
    </Notice>
  )
}

function Linked({ server: { link, machine } }: { server: Server }) {
  if (machine === null) return null
  return (
    <>
      The place belongs to <ForeignText className="font-medium text-ink">{machine.hostname}</ForeignText>
      {link.address && (
        <>
          {' '}
          at <ForeignText className="font-mono text-small">{link.address}</ForeignText>
        </>
      )}
      .
    </>
  )
}

function Decision({ copy, server }: { copy: Copy; server: Server }) {
  const trpc = useTRPC()
  const toast = useToast()
  const [isAsking, setIsAsking] = useState(false)
  const which = { serverId: server.id, instance: copy.instance }
  const keep = useMutation(
    trpc.copies.keep.mutationOptions({ onSuccess: () => toast({ title: 'The other machine is kept out' }) }),
  )
  const choose = useMutation(
    trpc.copies.choose.mutationOptions({
      onSuccess: () => toast({ title: 'The place is held for the other machine' }),
    }),
  )
  const problem = problemOf(keep.error ?? choose.error)
  const isBusy = keep.isPending || choose.isPending
  const split = new URLSearchParams({ site: server.site.id, copyOf: server.id, copy: copy.instance })
  return (
    <>
      <dl className="flex flex-col gap-3 text-ink sm:grid sm:grid-cols-[auto_1fr] sm:items-center sm:gap-x-3 sm:gap-y-2">
        <div className="flex flex-col gap-1 sm:contents">
          <dt>
            <Button size="small" asChild>
              <Link href={`/customers/${server.customer.id}/add-server?${split}`}>Split</Link>
            </Button>
          </dt>
          <dd>It was copied from this server, and is to be a server of its own.</dd>
        </div>
        <div className="flex flex-col gap-1 sm:contents">
          <dt>
            <Button
              size="small"
              pending={keep.isPending}
              disabled={isBusy}
              onClick={() => keep.mutate(which)}
            >
              Keep
            </Button>
          </dt>
          <dd>The machine that is connected is the right one. Keep this one out.</dd>
        </div>
        <div className="flex flex-col gap-1 sm:contents">
          <dt>
            <Button size="small" disabled={isBusy} onClick={() => setIsAsking(true)}>
              The other machine is the right one
            </Button>
          </dt>
          <dd>It replaces the machine that was connected until now.</dd>
        </div>
      </dl>
      {problem && <ProblemNotice problem={problem} />}
      <ConfirmDialog
        open={isAsking}
        onOpen={setIsAsking}
        title={`Hand ${server.fullName} over to the other machine?`}
        verb="Hand over"
        pending={choose.isPending}
        onConfirm={() => choose.mutate(which, { onSettled: () => setIsAsking(false) })}
      >
        <p>
          <Linked server={server} /> It is disconnected and kept out; a backup that runs there goes on.{' '}
          <ForeignText>{copy.hostname}</ForeignText> comes in when it knocks the next time, within a minute or
          two. A new management password for this server lets either in again.
        </p>
      </ConfirmDialog>
    </>
  )
}
