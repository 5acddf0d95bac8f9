import { describe, expect, test } from 'vitest'
import { leadsElsewhere, namesElsewhere } from './paths-elsewhere.ts'
import { refusedBy, wordFor } from './permission.ts'
import { DEFAULT_POLICY, decide, POLICY_RULES, type Policy, type PolicyRequest, policy } from './policy.ts'
import type { Portal } from './state/portals.ts'

test('by default a portal may manage backups and look at folders, but neither update, forget nor lead elsewhere', () => {
  expect(DEFAULT_POLICY).toEqual({
    observe: true,
    run: true,
    configure: true,
    browseRoots: null,
    snapshots: true,
    download: true,
    restoreToOriginal: true,
    restoreElsewhere: true,
    restoreRoots: null,
    update: false,
    forget: false,
    otherMachines: false,
  })
})

test.each([
  ['report', 'observe', 'observe'],
  ['startRun', 'run', 'run'],
  ['cancelRun', 'run', 'run'],
  ['setPlans', 'configure', 'configure'],
  ['createRepository', 'configure', 'configure'],
  ['openRepository', 'configure', 'configure'],
  ['restoreToOriginal', 'restoreToOriginal', 'restore'],
  ['update', 'update', 'update'],
  ['forget', 'forget', 'forget'],
] as const)('%s needs "%s", and a refusal names the rule "%s"', (kind, key, rule) => {
  expect(decide({ ...DEFAULT_POLICY, [key]: true }, { kind })).toEqual({ allowed: true })
  expect(decide({ ...DEFAULT_POLICY, [key]: false }, { kind })).toEqual({ allowed: false, rule })
})

test.each(['snapshots', 'download'] as const)(
  '%s wants its rule, and the folder to be one that may be listed',
  (kind) => {
    const ask = (policy: Partial<Policy>, path: string | null) =>
      decide({ ...DEFAULT_POLICY, ...policy }, { kind, path })
    expect(ask({}, '/srv/data')).toEqual({ allowed: true })
    expect(ask({ [kind]: false }, '/srv/data')).toEqual({ allowed: false, rule: kind })
    expect(ask({ browseRoots: ['/srv'] }, '/srv/data')).toEqual({ allowed: true })
    expect(ask({ browseRoots: ['/srv'] }, '/etc')).toEqual({ allowed: false, rule: 'browse' })
    expect(ask({ browseRoots: [] }, null)).toEqual({ allowed: false, rule: 'browse' })
  },
)

test.each(['restart', 'constructor', '__proto__', ''])('%j, which no rule knows, is not allowed', (kind) => {
  expect(() => decide(DEFAULT_POLICY, { kind } as unknown as PolicyRequest)).toThrow()
})

test('one that was written before a rule existed is read as the most careful that it allows', () => {
  const { restoreRoots: _, otherMachines: __, snapshots: ___, download: ____, ...written } = DEFAULT_POLICY
  expect(policy.parse({ ...written, run: false })).toEqual({ ...DEFAULT_POLICY, run: false, download: false })
})

describe.each([
  ['browse', 'browseRoots', 'browse'],
  ['restoreElsewhere', 'restoreRoots', 'restore-elsewhere'],
] as const)('%s below given folders', (kind, key, rule) => {
  const policy = { ...DEFAULT_POLICY, [key]: ['/srv', '/home/shared'] }
  const refused = { allowed: false, rule }
  test.each(['/srv', '/srv/data', '/home/shared/a/b'])('allows %s', (realPath) => {
    expect(decide(policy, { kind, realPath })).toEqual({ allowed: true })
  })
  test.each(['/', '/srvx', '/home', '/home/sharedx/a', '/etc'])('refuses %s', (realPath) => {
    expect(decide(policy, { kind, realPath })).toEqual(refused)
  })
  test('is everything from the root', () => {
    expect(decide({ ...DEFAULT_POLICY, [key]: ['/'] }, { kind, realPath: '/etc/ssh' }).allowed).toBe(true)
  })
  test('is nothing at all without a folder', () => {
    const nothing: Policy = { ...DEFAULT_POLICY, [key]: [] }
    expect(decide(nothing, { kind, realPath: '/' })).toEqual(refused)
    if (kind === 'browse') expect(decide(nothing, { kind, realPath: null })).toEqual(refused)
  })
})

describe('a path of another machine', () => {
  test.each([
    '\\\\server\\share',
    '//server/share',
    '\\/server/share',
    '/\\server\\share',
    '\\\\?\\UNC\\server\\share',
    '\\\\?\\C:\\data',
    '\\\\.\\pipe\\spool',
    '\\??\\UNC\\server\\share',
    '/??/UNC/server/share',
  ])('is known on Windows by its letters: %s', (path) => {
    expect(leadsElsewhere(path, 'win32')).toBe(true)
  })
  test.each(['C:\\data', 'C:/data', '\\data', '/data', 'C:\\\\data', 'data', ''])('%j is none', (path) => {
    expect(leadsElsewhere(path, 'win32')).toBe(false)
  })
  test('is a whole path nowhere else, unless it begins with slashes', () => {
    expect(leadsElsewhere('\\\\server\\share', 'linux')).toBe(true)
    expect(leadsElsewhere('//srv/data', 'linux')).toBe(false)
  })
  test('is found wherever it stands in a message, but a name is no path', () => {
    expect(namesElsewhere({ plans: [{ sources: ['C:\\', '\\\\server\\share'] }] }, 'win32')).toBe(true)
    expect(namesElsewhere({ plans: [{ name: '\\\\server', sources: ['C:\\'] }] }, 'win32')).toBe(false)
  })
  test('is not looked at either where a link has led to it', () => {
    const request = { kind: 'browse', realPath: '\\\\server\\share' } as const
    expect(decide(DEFAULT_POLICY, request)).toEqual({ allowed: false, rule: 'other-machines' })
    expect(decide({ ...DEFAULT_POLICY, otherMachines: true }, request)).toEqual({ allowed: true })
  })
})

describe('what a refusal tells a person to type', () => {
  const portal = (id: string, name: string, address: string) =>
    ({ id, name, addresses: [address] }) as unknown as Portal
  test.each(Object.keys(POLICY_RULES) as (keyof typeof POLICY_RULES)[])('names the rule %s', (rule) => {
    expect(refusedBy(rule, 'acme/fs1').detail).toContain(`holdfast-agent policy acme/fs1 allow ${rule}`)
  })
  test('names the portal so that no other is meant', () => {
    const one = portal('1', 'acme/fs1', 'one:16888')
    const two = portal('2', 'acme/fs1', 'two:16888')
    const three = portal('3', 'acme/other', 'one:16888')
    expect(wordFor(one, [one])).toBe('acme/fs1')
    expect(wordFor(two, [one, two])).toBe('two:16888')
    expect(wordFor(three, [one, two, three])).toBe('acme/other')
  })
})
