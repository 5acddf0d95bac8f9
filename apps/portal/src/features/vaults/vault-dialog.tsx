'use client'

/** A vault is registered, or what is known of it is changed. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Checkbox } from '#ui/forms/checkbox.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { TextArea } from '#ui/forms/text-area.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'

const fieldsShown = ['name', 'address', 'trust']

export function VaultDialog({
  vault,
  onClose,
}: {
  /** As it is now; left out for a new one. */
  vault?: { id: string; name: string; address: string; isRelayed: boolean }
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [name, setName] = useState(vault?.name ?? '')
  const [address, setAddress] = useState(vault?.address ?? '')
  const [trust, setTrust] = useState('')
  const [isRelayed, setRelayed] = useState(vault?.isRelayed ?? true)
  const onSuccess = async () => {
    await queries.invalidateQueries(trpc.vaults.pathFilter())
    onClose()
  }
  const register = useMutation(trpc.vaults.register.mutationOptions({ onSuccess }))
  const change = useMutation(trpc.vaults.change.mutationOptions({ onSuccess }))
  const { error, isPending } = vault ? change : register
  const problem = problemOf(error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isPending) return
    const all = { name, address, isRelayed }
    if (vault) change.mutate({ ...all, vaultId: vault.id, trust: trust.trim() === '' ? null : trust })
    else register.mutate({ ...all, trust })
  }
  return (
    <Dialog
      open
      onOpen={onClose}
      held={isPending}
      title={vault ? `Change ${vault.name}` : 'Register a vault'}
      description={
        vault
          ? 'Servers that use it hear of it at once, or when they next connect.'
          : 'The portal asks it at once whether it answers and trusts this portal.'
      }
      onSubmit={submit}
      actions={
        <>
          <Button look="quiet" onClick={onClose} disabled={isPending}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={isPending}>
            {vault ? 'Save' : 'Register vault'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && !allShownAt(problem.fields, fieldsShown) && (
          <ProblemNotice problem={problem} detail={problem.detail} />
        )}
        <TextField
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={fieldError(problem?.fields, 'name')}
          placeholder="Vault Zurich"
          autoComplete="off"
        />
        <TextField
          label="Address"
          hint="As servers reach it: a host name or an IP address that is in its certificate. Without a port, 4401."
          mono
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          error={fieldError(problem?.fields, 'address')}
          placeholder="vault.example:4401"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <TextArea
          label="Certificate"
          optional
          hint={
            vault
              ? 'Leave it empty to keep the one that is known. Else its new fingerprint, or a certificate in PEM.'
              : 'The fingerprint that “holdfast-vault serve” prints at its start, or its authority in PEM. Empty if every machine trusts it anyway.'
          }
          mono
          rows={3}
          value={trust}
          onChange={(event) => setTrust(event.target.value)}
          error={fieldError(problem?.fields, 'trust')}
          spellCheck={false}
        />
        <Checkbox
          label="Servers may reach it through the portal"
          hint="For sites that let nothing out but the link to the portal. The portal’s line then carries their snapshots."
          checked={isRelayed}
          onChecked={setRelayed}
        />
      </div>
    </Dialog>
  )
}
