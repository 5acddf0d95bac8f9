'use client'

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { signIn } from '#auth/browser.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { PasswordField } from '#ui/forms/password-field.tsx'
import { TextField } from '#ui/forms/text-field.tsx'

const fieldsShown = ['companyName', 'yourName', 'email', 'password', 'code']

/** Makes the provider and its owner, and signs the owner in. Works once in the life of a portal. */
export function SetupForm({ needsCode }: { needsCode: boolean }) {
  const trpc = useTRPC()
  const [companyName, setCompanyName] = useState('')
  const [yourName, setYourName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')

  const create = useMutation(
    trpc.setup.create.mutationOptions({
      onSuccess: async () => {
        const { outcome } = await signIn(email, password)
        // The portal is there even if the way in failed: then the sign-in page says why.
        window.location.assign(outcome === 'signed_in' ? '/' : '/sign-in')
      },
    }),
  )
  const problem = problemOf(create.error)
  const errorAt = (field: string) => fieldError(problem?.fields, field)
  const busy = create.isPending || create.isSuccess

  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) create.mutate({ companyName, yourName, email, password, code })
      }}
    >
      {problem && !allShownAt(problem.fields, fieldsShown) && <ProblemNotice problem={problem} />}
      <TextField
        label="Company name"
        hint="Your own, as your customers know it."
        value={companyName}
        onChange={(event) => setCompanyName(event.target.value)}
        error={errorAt('companyName')}
        autoComplete="organization"
      />
      <TextField
        label="Your name"
        value={yourName}
        onChange={(event) => setYourName(event.target.value)}
        error={errorAt('yourName')}
        autoComplete="name"
      />
      <TextField
        label="Email"
        type="email"
        hint="You sign in with it."
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={errorAt('email')}
        autoComplete="username"
      />
      <PasswordField
        label="Password"
        hint="At least 12 characters."
        value={password}
        onValue={setPassword}
        error={errorAt('password')}
        autoComplete="new-password"
      />
      {needsCode && (
        <TextField
          label="Set-up code"
          hint="The portal printed it where it was started."
          mono
          value={code}
          onChange={(event) => setCode(event.target.value)}
          error={errorAt('code')}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      <Button type="submit" look="primary" size="large" pending={busy}>
        Create portal
      </Button>
    </form>
  )
}
