'use client'

/** A new management password for a server: registered from here like the first one, and shown as a join token, once. */
import { encodeJoinToken, generateManagementPassword } from '@holdfast/protocol'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPCClient } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { CopyField } from '#ui/controls/copy-field.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { PasswordField } from '#ui/forms/password-field.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { passwordProblem, usePreparedPassword } from './register-form.tsx'
import { registerPassword } from './register-password.ts'

export function ChangePasswordDialog({
  serverId,
  fullName,
  onClose,
}: {
  serverId: string
  fullName: string
  onClose: () => void
}) {
  const [password, setPassword] = usePreparedPassword()
  const [error, setError] = useState<string>()
  const change = useChangePassword(serverId)
  const problem = problemOf(change.error)
  if (change.data)
    return (
      <Dialog
        open
        onOpen={onClose}
        title={`Connect ${fullName} again`}
        description="The old password is void, and the connection it opened was cut."
        actions={
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <div className="flex flex-col gap-4">
          <CopyField label="Join token" value={change.data} multiline />
          <p className="text-ink-muted">
            Shown only once. On the server, run <code className="font-mono">holdfast-agent join</code> and
            paste it there. Backups go on meanwhile.
          </p>
        </div>
      </Dialog>
    )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wrong = passwordProblem(password)
    setError(wrong)
    if (wrong === undefined && !change.isPending) change.mutate(password)
  }
  return (
    <Dialog
      open
      onOpen={onClose}
      held={change.isPending}
      title={`New management password for ${fullName}`}
      description="The server is disconnected until it has joined with the new password. Its backups go on."
      onSubmit={submit}
      actions={
        <>
          <Button look="quiet" onClick={onClose} disabled={change.isPending}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={change.isPending}>
            Set password
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && <ProblemNotice problem={problem} />}
        <PasswordField
          label="Management password"
          hint="Goes only to the server. The portal never learns it."
          value={password}
          onValue={setPassword}
          generate={generateManagementPassword}
          error={error}
        />
      </div>
    </Dialog>
  )
}

/** Gives the join token that holds the new password. */
function useChangePassword(serverId: string) {
  const portal = useTRPCClient()
  return useMutation({
    // The mutation's variables hold the password: forget them with the dialog.
    gcTime: 0,
    mutationFn: (password: string) =>
      registerPassword(password, {
        begin: (registrationRequest) =>
          portal.servers.beginPasswordChange.mutate({ serverId, registrationRequest }),
        finish: async (registrationRecord) => {
          await portal.servers.changePassword.mutate({ serverId, registrationRecord })
          const { addresses, ...facts } = await portal.servers.joinFacts.query({ serverId })
          return encodeJoinToken({ ...facts, addresses: [...addresses], password })
        },
      }),
  })
}
