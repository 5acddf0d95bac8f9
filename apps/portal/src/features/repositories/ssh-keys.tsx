'use client'

/** Both ends of an SSH login: the key that the other machine has, to be confirmed, and the one that it must let in. */
import { useMutation } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { CopyField } from '#ui/controls/copy-field.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import type { PlaceForm } from './place-fields.tsx'

export function SshKeys({ serverId, draft, problems, onChange }: PlaceForm) {
  const asked = useMutation(useTRPC().repositories.sshKeys.mutationOptions())
  const { host, hostKey, user } = draft
  const port = draft.port.trim() === '' ? 22 : Number(draft.port)
  const problem = problemOf(asked.error)
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button
          pending={asked.isPending}
          disabled={host.trim() === ''}
          onClick={() => asked.mutate({ serverId, host: host.trim(), port })}
        >
          Ask for its key
        </Button>
        <span className="min-w-0 flex-1 text-ink-muted text-small">
          The server connects to it once, and shows here by which key it is known from then on.
        </span>
      </div>
      {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
      {asked.data && (
        <>
          <fieldset className="min-w-0">
            <legend className="mb-1.5 font-medium">Which of these is its key?</legend>
            <div className="rounded-md border border-line">
              {asked.data.hostKeys.map(({ key, fingerprint }) => (
                <label
                  key={key}
                  className="flex min-h-9 cursor-default flex-wrap items-center gap-x-2.5 border-line px-3 py-1.5 not-last:border-b has-checked:bg-selected touch:min-h-11"
                >
                  <input
                    type="radio"
                    name="host-key"
                    className="accent-accent"
                    checked={key === hostKey}
                    onChange={() => onChange({ hostKey: key })}
                  />
                  <ForeignText className="shrink-0 font-medium">{key.split(' ')[0] ?? ''}</ForeignText>
                  <ForeignText className="min-w-0 break-all font-mono text-small">{fingerprint}</ForeignText>
                </label>
              ))}
            </div>
            <p className="mt-1.5 text-ink-muted text-small">
              Compare it with what “ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub” prints on that machine.
            </p>
          </fieldset>
          <CopyField
            label={`Add this line to ~/.ssh/authorized_keys of ${user.trim() || 'the user'} there`}
            value={asked.data.publicKey}
            multiline
          />
        </>
      )}
      {problems.hostKey && <p className="text-bad text-small">{problems.hostKey}</p>}
    </div>
  )
}
