'use client'

import { useState } from 'react'
import { type SignInAnswer, signIn } from '#auth/browser.ts'
import { Button } from '#ui/controls/button.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { PasswordField } from '#ui/forms/password-field.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { refusalText } from './refusal-text.ts'

/** Email and password. On success the browser goes to `next`, a path of this console. */
export function SignInForm({ next }: { next: string }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [pending, setPending] = useState(false)
  const [refusal, setRefusal] = useState<string>()

  const answered = (answer: SignInAnswer) => {
    if (answer.outcome === 'signed_in') {
      // A new document, so that nothing of the person before is left in memory.
      window.location.assign(next)
      return
    }
    setPending(false)
    setRefusal(refusalText(answer, Date.now()))
  }

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={async (event) => {
        event.preventDefault()
        if (pending) return
        setPending(true)
        setRefusal(undefined)
        answered(await signIn(email, password))
      }}
    >
      {refusal && <Notice look="problem">{refusal}</Notice>}
      <TextField
        label="Email"
        type="email"
        autoComplete="username"
        autoFocus
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <PasswordField
        label="Password"
        autoComplete="current-password"
        value={password}
        onValue={setPassword}
      />
      <Button type="submit" look="primary" size="large" pending={pending}>
        Sign in
      </Button>
    </form>
  )
}
