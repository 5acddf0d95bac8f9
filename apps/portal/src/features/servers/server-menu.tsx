'use client'

/** What is rarely done to a server: saying who dials, giving it another password, and removing it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { IconButton } from '#ui/controls/icon-button.tsx'
import { Menu, type MenuEntry } from '#ui/controls/menu.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { ConfirmDialog } from '#ui/overlays/confirm-dialog.tsx'
import { ChangePasswordDialog } from './change-password-dialog.tsx'
import { ConnectionDialog } from './connection-dialog.tsx'

export function ServerMenu({ serverId }: { serverId: string }) {
  const trpc = useTRPC()
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const { data: server } = useQuery(trpc.servers.get.queryOptions({ serverId }))
  const [open, setOpen] = useState<'connection' | 'password' | 'remove'>()
  if (!me || !server) return null
  const entries: MenuEntry[] = [
    ...(me.rights.includes('servers.register')
      ? [
          { label: 'How it connects', onChoose: () => setOpen('connection') },
          { label: 'New management password', onChoose: () => setOpen('password') },
        ]
      : []),
    ...(me.rights.includes('servers.remove')
      ? [{ label: 'Remove server', look: 'danger' as const, onChoose: () => setOpen('remove') }]
      : []),
  ]
  if (entries.length === 0) return null
  const close = () => setOpen(undefined)
  return (
    <>
      <Menu
        trigger={
          <IconButton label="More">
            <Ellipsis size={16} />
          </IconButton>
        }
        groups={[{ entries }]}
      />
      {open === 'connection' && (
        <ConnectionDialog
          serverId={serverId}
          fullName={server.fullName}
          dialAddress={server.dialAddress}
          onClose={close}
        />
      )}
      {open === 'password' && (
        <ChangePasswordDialog serverId={serverId} fullName={server.fullName} onClose={close} />
      )}
      {open === 'remove' && <RemoveDialog serverId={serverId} fullName={server.fullName} onClose={close} />}
    </>
  )
}

function RemoveDialog({
  serverId,
  fullName,
  onClose,
}: {
  serverId: string
  fullName: string
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const toast = useToast()
  const pages = useRouter()
  const remove = useMutation(
    trpc.servers.remove.mutationOptions({
      onSuccess: () => {
        toast({ title: `Server ${fullName} removed` })
        void queries.invalidateQueries(trpc.tree.all.queryFilter())
        pages.push('/')
      },
    }),
  )
  const problem = problemOf(remove.error)
  return (
    <ConfirmDialog
      open
      onOpen={onClose}
      title={`Remove ${fullName}?`}
      verb="Remove server"
      typeToConfirm={fullName}
      pending={remove.isPending}
      onConfirm={() => remove.mutate({ serverId, confirmation: fullName })}
    >
      <p>
        The portal forgets this server, its plans and its history. The agent, its repositories and all
        snapshots on the server stay as they are. What the remote management log says of it stays too.
      </p>
      {problem && <ProblemNotice problem={problem} className="mt-3" />}
    </ConfirmDialog>
  )
}
