'use client'

/** “Add a server” in two steps: register it here, connect it there. */
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { type ReactNode, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { GoButton } from '#ui/controls/go-button.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { allShownAt } from '#ui/forms/field-errors.ts'
import { Answer } from '#ui/shell/answer.tsx'
import { ConnectServer } from './connect-server.tsx'
import { useConnection } from './connection.ts'
import { RegisterForm } from './register-form.tsx'
import { type RegisteredServer, useRegisterServer } from './register-server.ts'

const fieldsShown = ['name', 'siteId', 'dialAddress']

type Adding = {
  customerId: string
  siteId: string | undefined
  /** What is known of it beforehand. */
  firstName?: string
  /** Above the form: why it is added, where that is not plain. */
  reason?: ReactNode
}

export function AddServer({
  onRegistered,
  ...adding
}: Adding & { onRegistered?: (server: RegisteredServer) => void }) {
  const [registered, setRegistered] = useState<RegisteredServer>()
  const next = (server: RegisteredServer) => {
    setRegistered(server)
    onRegistered?.(server)
  }
  return registered ? (
    <ConnectStep server={registered} customerId={adding.customerId} />
  ) : (
    <RegisterStep {...adding} onRegistered={next} />
  )
}

function RegisterStep({
  customerId,
  siteId,
  firstName,
  reason,
  onRegistered,
}: Adding & { onRegistered: (server: RegisteredServer) => void }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.customers.get.queryOptions({ customerId }))
  const registering = useRegisterServer(onRegistered)
  const problem = problemOf(registering.error)

  if (!query.data) {
    const unread = problemOf(query.error)
    return unread ? (
      <ErrorState problem={unread} onRetry={query.refetch} retrying={query.isFetching} />
    ) : (
      <Answer evidence={<Skeleton className="my-1 w-72" />}>Add a server</Answer>
    )
  }
  const { name, handle, sites } = query.data
  const firstSite = sites.find((site) => site.id === siteId) ?? sites[0]
  return (
    <>
      <Answer evidence={`Step 1 of 2: a name and a password for a server of ${name}.`}>Add a server</Answer>
      <RegisterForm
        customerHandle={handle}
        sites={sites}
        firstSiteId={firstSite?.id}
        firstName={firstName}
        messages={problem?.fields}
        pending={registering.isPending}
        onRegister={registering.mutate}
        onEdit={registering.reset}
      >
        {reason}
        {problem && !allShownAt(problem.fields, fieldsShown) && (
          <ProblemNotice problem={problem} detail={problem.detail} />
        )}
      </RegisterForm>
    </>
  )
}

function ConnectStep({ server, customerId }: { server: RegisteredServer; customerId: string }) {
  const connection = useConnection(server.serverId, server.registeredAt)
  return (
    <>
      <Answer evidence={`Step 2 of 2: ${server.fullName} is registered here. Now tell the server itself.`}>
        Connect the server
      </Answer>
      <ConnectServer
        serverName={server.fullName}
        joinToken={server.joinToken}
        dialAddress={server.dialAddress}
        connection={connection}
        help={
          <p className="text-ink-muted">
            A firewall in between?{' '}
            <Link
              href={`/sites/${server.siteId}/firewall`}
              target="_blank"
              className="rounded-sm text-accent underline-offset-2 hover:underline"
            >
              The firewall sheet of this site
            </Link>{' '}
            says what its administrator has to open, and how to test it.
          </p>
        }
        actions={
          <>
            <GoButton
              look={connection.state === 'connected' ? 'primary' : 'secondary'}
              href={`/servers/${server.serverId}`}
            >
              Go to the server
            </GoButton>
            <GoButton look="quiet" href={`/customers/${customerId}`}>
              Done
            </GoButton>
          </>
        }
      />
    </>
  )
}
