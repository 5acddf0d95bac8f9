'use client'

import { generateManagementPassword, MANAGEMENT_PASSWORD_LENGTH } from '@holdfast/protocol'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { Button } from '#ui/controls/button.tsx'
import { type FieldMessages, fieldError } from '#ui/forms/field-errors.ts'
import { PasswordField } from '#ui/forms/password-field.tsx'
import { Select } from '#ui/forms/select.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { type DialChoice, DialFields } from './dial-fields.tsx'

export type Registration = { name: string; siteId: string; password: string; dialAddress: DialChoice }

/** A server's name, its place, its management password, which is already made up, and who dials. */
export function RegisterForm({
  customerHandle,
  sites,
  firstSiteId,
  firstName = '',
  messages,
  pending,
  onRegister,
  onEdit,
  children,
}: {
  customerHandle: string
  sites: readonly { id: string; name: string }[]
  firstSiteId: string | undefined
  firstName?: string | undefined
  messages: FieldMessages | undefined
  pending: boolean
  onRegister: (registration: Registration) => void
  /** What was said about the last attempt does not hold any more. */
  onEdit: () => void
  /** Above the fields: what went wrong. */
  children?: ReactNode
}) {
  const [name, setName] = useState(firstName)
  const [siteId, setSiteId] = useState(firstSiteId)
  const [password, setPassword] = usePreparedPassword()
  const [dialAddress, setDialAddress] = useState<DialChoice>(null)
  const [passwordError, setPasswordError] = useState<string>()

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (pending || siteId === undefined) return
    // The portal cannot check this: it never sees the password.
    const error = passwordProblem(password)
    setPasswordError(error)
    if (error === undefined) onRegister({ name, siteId, password, dialAddress })
  }

  return (
    <form noValidate onSubmit={submit} className="flex max-w-110 flex-col gap-4 px-(--page-x)">
      {children}
      <TextField
        label="Server name"
        mono
        prefix={<span className="font-mono">{customerHandle}/</span>}
        value={name}
        onChange={(event) => {
          setName(event.target.value.toLowerCase())
          onEdit()
        }}
        hint="What people there call the machine, such as fileserver."
        error={fieldError(messages, 'name')}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <Select
        label="Site"
        options={sites.map((site) => ({ value: site.id, label: site.name }))}
        value={siteId}
        onValue={setSiteId}
        error={fieldError(messages, 'siteId')}
      />
      <PasswordField
        label="Management password"
        hint="Goes only to the server. The portal never learns it, and keeps a record that can check it."
        value={password}
        onValue={setPassword}
        generate={generateManagementPassword}
        error={passwordError}
      />
      <DialFields
        value={dialAddress}
        onValue={(value) => {
          setDialAddress(value)
          onEdit()
        }}
        error={fieldError(messages, 'dialAddress')}
      />
      <div>
        <Button type="submit" look="primary" pending={pending}>
          Register server
        </Button>
      </div>
    </form>
  )
}

/** Made in the browser, after the page has come: a page that the portal draws must not hold a password. */
export function usePreparedPassword() {
  const [password, setPassword] = useState('')
  useEffect(() => setPassword(generateManagementPassword()), [])
  return [password, setPassword] as const
}

/** What is wrong with a password that somebody typed, or undefined. */
export function passwordProblem(password: string): string | undefined {
  const { min, max } = MANAGEMENT_PASSWORD_LENGTH
  if (password.length < min) return `Use at least ${min} characters.`
  if (password.length > max) return `Use at most ${max} characters.`
  return undefined
}
