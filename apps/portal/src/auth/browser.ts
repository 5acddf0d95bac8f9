/** Signing in and out from a page. Runs in the browser; next-auth does the talking and brings its CSRF token along. */
'use client'

import { signIn as nextAuthSignIn } from 'next-auth/react'

export type SignInAnswer =
  | { readonly outcome: 'signed_in' }
  | { readonly outcome: 'email_or_password_wrong' }
  | { readonly outcome: 'too_many_attempts'; readonly retryAfterSeconds: number }
  /** The portal did not answer, or not in a way we know. */
  | { readonly outcome: 'no_answer' }

export async function signIn(email: string, password: string): Promise<SignInAnswer> {
  try {
    const answer = await nextAuthSignIn('credentials', { email, password, redirect: false })
    // Without its CSRF cookie next-auth shows a form of its own, and calls that a success.
    if (answer?.ok && !answer.url?.includes('csrf=')) return { outcome: 'signed_in' }
    const [code, seconds] = (answer?.error ?? '').split(':')
    if (code === 'email_or_password_wrong') return { outcome: code }
    if (code === 'too_many_attempts') return { outcome: code, retryAfterSeconds: Number(seconds) || 60 }
    return { outcome: 'no_answer' }
  } catch {
    return { outcome: 'no_answer' }
  }
}
