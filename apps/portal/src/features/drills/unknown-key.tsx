'use client'

/** A drill that is signed by another key than the one that its server is known by: why it is no proof, and the way out. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { ConfirmDialog } from '#ui/overlays/confirm-dialog.tsx'

export function UnknownKey({ drillId, publicKey }: { drillId: string; publicKey: string }) {
  const trpc = useTRPC()
  const toast = useToast()
  const [isAsking, setIsAsking] = useState(false)
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const trust = useMutation(
    trpc.drills.trustKey.mutationOptions({
      onSuccess: () => toast({ title: 'The server is known by its new key' }),
    }),
  )
  const problem = problemOf(trust.error)
  return (
    <div className="flex flex-col items-start gap-2 pt-1 text-small">
      <p>
        It is signed by another key than the one that this server is known by: this is no proof. Either its
        agent was installed anew, or somebody else speaks for it.
      </p>
      {me?.rights.includes('servers.register') && (
        <Button size="small" className="print:hidden" onClick={() => setIsAsking(true)}>
          Its agent was installed anew
        </Button>
      )}
      {problem && <ProblemNotice problem={problem} />}
      <ConfirmDialog
        open={isAsking}
        onOpen={setIsAsking}
        title="Believe what this key signs?"
        verb="Believe it"
        pending={trust.isPending}
        onConfirm={() => trust.mutate({ drillId }, { onSettled: () => setIsAsking(false) })}
      >
        <p>
          From now on the server is known by the key{' '}
          <span className="wrap-anywhere font-mono text-small">{publicKey}</span>, and what another signs is
          no proof. Do so only if you know that its agent was installed anew. What the key before signed in
          its time stays proof.
        </p>
      </ConfirmDialog>
    </div>
  )
}
