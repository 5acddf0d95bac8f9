import { NextRequest } from 'next/server'
import { expect, test } from 'vitest'
import { contentSecurityPolicy, proxy } from './proxy.ts'

const ask = (path: string, headers: Record<string, string> = {}) =>
  proxy(new NextRequest(`http://127.0.0.1:3000${path}`, { headers: { host: '127.0.0.1:3000', ...headers } }))

test('people without a cookie are led to the sign-in page, and nothing of their address goes along', () => {
  const answer = ask('/servers/1?tab=log')
  expect(answer.status).toBe(307)
  const { pathname, search } = new URL(answer.headers.get('location') ?? '')
  expect({ pathname, search }).toEqual({ pathname: '/sign-in', search: '' })
})

test.each([
  ['/sign-in', {}],
  ['/setup', {}],
  ['/servers/1', { cookie: 'holdfast-session=whatever' }],
])('%s is shown with %j', (path, headers: Record<string, string>) => {
  const answer = ask(path, headers)
  expect(answer.headers.get('location')).toBeNull()
  expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
})

test('each answer has a nonce of its own, and the page is told the same one', () => {
  const nonceOf = (policy: string | null) => /'nonce-([^']+)'/.exec(policy ?? '')?.[1]
  const [one, other] = [ask('/sign-in'), ask('/sign-in')]
  const nonce = nonceOf(one.headers.get('content-security-policy'))
  expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/)
  expect(nonceOf(other.headers.get('content-security-policy'))).not.toBe(nonce)
  expect(nonceOf(one.headers.get('x-middleware-request-content-security-policy'))).toBe(nonce)
})

test('a download has the strictest policy, and is for people with a cookie all the same', () => {
  const path = '/servers/1/download/2'
  expect(ask(path).status).toBe(307)
  const answer = ask(path, { cookie: 'holdfast-session=whatever' })
  expect(answer.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
})

test('a host that is none does not get into the policy', () => {
  expect(contentSecurityPolicy('n', 'portal.example:3000')).toContain(
    "connect-src 'self' ws://portal.example:3000 wss://",
  )
  expect(contentSecurityPolicy('n', "x; script-src 'unsafe-inline'")).toContain("connect-src 'self';")
})
