import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { currentSession } from '#auth/current-session.ts'
import { SignInForm } from '#features/sign-in/sign-in-form.tsx'
import { caller } from '#trpc/server.tsx'
import { FrontDoor } from '#ui/shell/front-door.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage() {
  if (await currentSession()) redirect('/')
  const { done } = await (await caller()).setup.state()
  if (!done) redirect('/setup')
  return (
    <FrontDoor title="Sign in">
      <SignInForm next="/" />
    </FrontDoor>
  )
}
