import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY, decide, type Policy, type PolicyRequest } from './policy.ts'

const allows = (policy: Policy, request: PolicyRequest) => decide(policy, request)

test('by default a portal may manage backups and look at folders, but neither update nor forget', () => {
  expect(DEFAULT_POLICY).toEqual({
    observe: true,
    run: true,
    configure: true,
    browseRoots: null,
    restoreToOriginal: true,
    restoreElsewhere: true,
    update: false,
    forget: false,
  })
})

test.each([
  ['report', 'observe'],
  ['startRun', 'run'],
  ['cancelRun', 'run'],
  ['setPlans', 'configure'],
  ['createRepository', 'configure'],
] as const)('%s needs "%s", and a refusal names it', (kind, rule) => {
  expect(allows(DEFAULT_POLICY, { kind })).toEqual({ allowed: true })
  expect(allows({ ...DEFAULT_POLICY, [rule]: false }, { kind })).toEqual({ allowed: false, rule })
})

describe('browsing below given folders', () => {
  const policy = { ...DEFAULT_POLICY, browseRoots: ['/srv', '/home/shared'] }
  test.each(['/srv', '/srv/data', '/home/shared/a/b'])('allows %s', (realPath) => {
    expect(allows(policy, { kind: 'browse', realPath })).toEqual({ allowed: true })
  })
  test.each(['/', '/srvx', '/home', '/home/sharedx/a', '/etc'])('refuses %s', (realPath) => {
    expect(allows(policy, { kind: 'browse', realPath })).toEqual({ allowed: false, rule: 'browseRoots' })
  })
  test('is nothing at all without a folder', () => {
    const nothing = { ...DEFAULT_POLICY, browseRoots: [] }
    expect(allows(nothing, { kind: 'browse', realPath: null }).allowed).toBe(false)
    expect(allows(nothing, { kind: 'browse', realPath: '/' }).allowed).toBe(false)
  })
  test('is everything from the root', () => {
    const everything = { ...DEFAULT_POLICY, browseRoots: ['/'] }
    expect(allows(everything, { kind: 'browse', realPath: '/etc/ssh' }).allowed).toBe(true)
  })
})
