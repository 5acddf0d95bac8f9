import { expect, test } from 'vitest'
import { Cookies } from './cookies.ts'

function answer(...cookies: string[]): Response {
  const headers = new Headers()
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { headers })
}

test('keeps what is set, the newest of each name, and sends it back without its attributes', () => {
  const cookies = new Cookies()
  cookies.keep(answer('csrf=a%7Cb; Path=/; HttpOnly; SameSite=Lax', 'session=old; Path=/'))
  cookies.keep(answer('session=new==; Path=/; Secure'))
  expect(cookies.header).toBe('csrf=a%7Cb; session=new==')
})

test('forgets what is taken back, in either way', () => {
  const cookies = new Cookies()
  cookies.keep(answer('one=1', 'two=2', 'three=3'))
  cookies.keep(answer('one=; Path=/', 'two=2; Max-Age=0'))
  expect(cookies.header).toBe('three=3')
})
