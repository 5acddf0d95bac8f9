import { describe, expect, test } from 'vitest'
import { FROM_ENVIRONMENT, isExempt, parseProxy, proxyFor, proxyName } from './proxy.ts'

const PORTAL = 'portal.example:16888'
const nameFor = (env: NodeJS.ProcessEnv, address = PORTAL) => {
  const proxy = proxyFor(address, FROM_ENVIRONMENT, env)
  return proxy === null ? null : proxyName(proxy)
}

describe('the way to a portal', () => {
  test('is direct where nobody says otherwise', () => {
    expect(nameFor({})).toBeNull()
    expect(nameFor({ HTTPS_PROXY: '', HTTP_PROXY: 'http://for-other-things:80' })).toBeNull()
  })

  test('leads through what the environment names, small letters first, as with other programs', () => {
    expect(nameFor({ HTTPS_PROXY: 'http://proxy:3128' })).toBe('http://proxy:3128')
    expect(nameFor({ https_proxy: 'proxy:8080', HTTPS_PROXY: 'http://other:3128' })).toBe('http://proxy:8080')
  })

  test('is direct where NO_PROXY names the portal', () => {
    const HTTPS_PROXY = 'http://proxy:3128'
    expect(nameFor({ HTTPS_PROXY, NO_PROXY: '.example' })).toBeNull()
    expect(nameFor({ HTTPS_PROXY, no_proxy: 'portal.example:16888' })).toBeNull()
    expect(nameFor({ HTTPS_PROXY, NO_PROXY: 'elsewhere.example' })).toBe(HTTPS_PROXY)
  })

  test('is what was set for the portal, whatever the environment says', () => {
    const env = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '*' }
    const own = { kind: 'proxy', isSecure: true, host: 'own', port: 443, credentials: null } as const
    expect(proxyFor(PORTAL, { kind: 'direct' }, { HTTPS_PROXY: 'http://proxy:3128' })).toBeNull()
    expect(proxyFor(PORTAL, own, env)).toEqual(own)
  })

  test('is refused, and not shown, when the environment names something that is no proxy', () => {
    const failed = () => nameFor({ HTTPS_PROXY: 'socks5://user:secret@proxy' })
    expect(failed).toThrow('HTTPS_PROXY')
    expect(failed).not.toThrow('secret')
  })
})

describe('a proxy', () => {
  test.each([
    ['http://proxy:3128', 'http://proxy:3128'],
    ['proxy', 'http://proxy:80'],
    ['https://proxy/', 'https://proxy:443'],
    ['http://[2001:db8::1]:3128', 'http://[2001:db8::1]:3128'],
    ['http://user:secret@proxy:3128', 'http://proxy:3128'],
  ])('%s is understood', (text, name) => {
    const proxy = parseProxy(text)
    expect(proxy && proxyName(proxy)).toBe(name)
  })

  test('says who is asking, in the letters that were meant', () => {
    expect(parseProxy('http://b%40d:p%3Ass@proxy')?.credentials).toEqual({ user: 'b@d', password: 'p:ss' })
    expect(parseProxy('http://proxy')?.credentials).toBeNull()
  })

  test.each([
    'socks5://proxy:1080',
    'http://',
    'http://proxy/path',
    'http://proxy?x',
    'http://%zz@proxy',
    '//',
  ])('%s is none', (text) => {
    expect(parseProxy(text)).toBeNull()
  })
})

describe('NO_PROXY', () => {
  test.each([
    ['*', PORTAL],
    ['portal.example', PORTAL],
    ['PORTAL.example.', PORTAL],
    ['example', PORTAL],
    ['.example', PORTAL],
    ['*.example', PORTAL],
    ['portal.example:16888', PORTAL],
    ['first.example, portal.example', PORTAL],
    ['first.example portal.example', PORTAL],
    ['10.1.2.3', '10.1.2.3:16888'],
    ['10.1.2.3:16888', '10.1.2.3:16888'],
    ['10.0.0.0/8', '10.1.2.3:16888'],
    ['2001:db8::1', '[2001:db8::1]:16888'],
    ['2001:DB8:0::1', '[2001:db8::1]:16888'],
    ['[2001:db8::1]:16888', '[2001:db8::1]:16888'],
    ['2001:db8::/32', '[2001:db8::1]:16888'],
    ['0.0.0.0/0', '10.1.2.3:16888'],
  ])('%s names %s', (noProxy, address) => {
    expect(isExempt(address, noProxy)).toBe(true)
  })

  test.each([
    ['', PORTAL],
    [' , ', PORTAL],
    ['.', PORTAL],
    ['ample', PORTAL],
    ['portal.example:443', PORTAL],
    ['my.portal.example', PORTAL],
    ['10.0.0.0/8', PORTAL],
    ['10.1.2.4', '10.1.2.3:16888'],
    ['10.0.0.0/16', '10.1.2.3:16888'],
    ['10.0.0.0/', '10.1.2.3:16888'],
    ['10.0.0.0/33', '10.1.2.3:16888'],
    ['1.2.3', '10.1.2.3:16888'],
    ['2001:db9::/32', '[2001:db8::1]:16888'],
    ['10.1.2.3:443', '10.1.2.3:16888'],
  ])('%j does not name %s', (noProxy, address) => {
    expect(isExempt(address, noProxy)).toBe(false)
  })
})
