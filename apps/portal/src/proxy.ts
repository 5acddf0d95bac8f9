/**
 * What every page passes through: a content security policy with a fresh nonce, and a cheap way to the sign-in page for
 * people who have no session cookie at all. Whether a cookie still stands, and whether the portal is set up, is asked by
 * the pages and by tRPC, which ask the database.
 *
 * Next puts the nonce of the request's policy on every script that it writes. next.config.ts has the policy of
 * everything that is no page; this one repeats its directives, because it takes its place.
 */
import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { hasSessionCookie } from '#auth/session-cookie.ts'

export const config = {
  matcher: [
    // Neither assets nor interfaces: they set their own headers, and answer with codes and not with pages.
    '/((?!api/|_next/|favicon.ico|icon).*)',
  ],
}

const NOTHING_AT_ALL = "sandbox; default-src 'none'; frame-ancestors 'none'"
const DOWNLOAD = /^\/servers\/[^/]+\/download\//
const OPEN_TO_ALL = new Set(['/sign-in', '/setup'])

export function proxy(request: NextRequest): NextResponse {
  const policy = contentSecurityPolicy(randomBytes(16).toString('base64'), request.headers.get('host') ?? '')
  const { pathname } = request.nextUrl
  if (!OPEN_TO_ALL.has(pathname) && !hasSessionCookie(request.headers.get('cookie'))) {
    const signIn = request.nextUrl.clone()
    signIn.pathname = '/sign-in'
    signIn.search = ''
    return withPolicy(NextResponse.redirect(signIn), policy)
  }
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  // Whatever comes out of a snapshot, no browser is to show it or run it.
  if (DOWNLOAD.test(pathname)) return withPolicy(NextResponse.next({ request: { headers } }), NOTHING_AT_ALL)
  return withPolicy(NextResponse.next({ request: { headers } }), policy)
}

function withPolicy(response: NextResponse, policy: string): NextResponse {
  response.headers.set('content-security-policy', policy)
  return response
}

/** `host` is as the browser sent it, so it is checked before it becomes part of the policy. */
export function contentSecurityPolicy(nonce: string, host: string): string {
  // Not every browser counts a socket to the same host as 'self'.
  const sockets = /^[A-Za-z0-9.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : ''
  // React's development build shows where an error came from by evaluating code.
  const development = process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''
  return [
    "default-src 'self'",
    // OPAQUE runs as WebAssembly in the browser that registers a server.
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'${development}`,
    // Dialogs and lists place themselves by style attributes. Styles can hide things, but they cannot act.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${sockets}`,
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
