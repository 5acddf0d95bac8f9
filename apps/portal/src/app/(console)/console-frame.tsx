'use client'

import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo, useState } from 'react'
import { AddCustomerDialog } from '#features/customers/add-customer-dialog.tsx'
import { ConsoleShell } from '#features/shell/console-shell.tsx'
import { treeNodes } from '#features/shell/tree-nodes.ts'
import { useTRPC } from '#trpc/client.tsx'
import { LiveProvider, useLiveState } from '#trpc/live.tsx'
import { problemOf } from '#trpc/problem.ts'

/** The frame of the console with what it is about: this person, and the customers that they may see. */
export function ConsoleFrame({ children }: { children: ReactNode }) {
  return (
    <LiveProvider>
      <LiveFrame>{children}</LiveFrame>
    </LiveProvider>
  )
}

function LiveFrame({ children }: { children: ReactNode }) {
  const trpc = useTRPC()
  const { data: me } = useSuspenseQuery(trpc.session.me.queryOptions())
  const { data: customers, error: treeError, refetch } = useQuery(trpc.tree.all.queryOptions())
  const tree = useMemo(() => customers && treeNodes(customers), [customers])
  const [addingCustomer, setAddingCustomer] = useState(false)
  const liveState = useLiveState()
  const signOut = useMutation(
    trpc.session.signOut.mutationOptions({
      // A new document, so that nothing of this person is left in memory.
      onSettled: () => window.location.assign('/sign-in'),
    }),
  )
  const mayAddCustomers = me.rights.includes('customers.change')

  return (
    <ConsoleShell
      providerName={me.provider.name}
      person={me}
      tree={tree}
      treeProblem={problemOf(treeError)}
      onRetryTree={refetch}
      liveState={liveState}
      mayAddServers={me.rights.includes('servers.register')}
      mayDiagnose={me.customer === null}
      onAddCustomer={mayAddCustomers ? () => setAddingCustomer(true) : undefined}
      onSignOut={() => signOut.mutate()}
    >
      {children}
      <AddCustomerDialog open={addingCustomer} onOpen={setAddingCustomer} />
    </ConsoleShell>
  )
}
