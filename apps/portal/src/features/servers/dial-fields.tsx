'use client'

/** Which end dials, as a form asks it. */
import { DEFAULT_LINK_PORT } from '@holdfast/protocol'
import { Checkbox } from '#ui/forms/checkbox.tsx'
import { TextField } from '#ui/forms/text-field.tsx'

/** Null: the server dials the portal. */
export type DialChoice = string | null

export function DialFields({
  value,
  onValue,
  error,
}: {
  value: DialChoice
  onValue: (value: DialChoice) => void
  error: string | undefined
}) {
  return (
    <div className="flex flex-col gap-3">
      <Checkbox
        label="The portal dials this server"
        hint="For a server that may open no connection to the outside, but can be reached from here. Usually it is the server that dials."
        checked={value !== null}
        onChecked={(checked) => onValue(checked ? '' : null)}
      />
      {value !== null && (
        <TextField
          label="Address of the server"
          mono
          className="pl-6"
          value={value}
          onChange={(event) => onValue(event.target.value)}
          placeholder={`fs1.acme.example:${DEFAULT_LINK_PORT}`}
          hint={`As the portal reaches it: a host name or an IP address. Without a port, ${DEFAULT_LINK_PORT}.`}
          error={error}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
    </div>
  )
}
