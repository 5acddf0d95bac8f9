import { expect, test } from 'vitest'
import { type SilentServer, silenceRules } from './silence.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000)

/** So many servers of each site, all of which fell silent so long ago, of `allServers`. */
function silent(
  sites: number,
  servers: number,
  minutesAgo: (nth: number) => number,
  allServers: number,
): SilentServer[] {
  return Array.from({ length: sites * servers }, (_, nth) => ({
    id: `server ${nth}`,
    customerId: `customer ${nth % sites}`,
    siteId: `site ${nth % sites}`,
    changedAt: ago(minutesAgo(nth)),
    offlineCode: 'ping_timeout',
    siteServers: servers,
    allServers,
  })).toSorted((a, b) => a.changedAt.getTime() - b.changedAt.getTime())
}
const codes = (found: ReturnType<typeof silenceRules>) =>
  found.map(({ code, subject }) => `${code} ${subject}`)

test('half of everything at once is one condition, and no flood', () => {
  const found = silenceRules(
    silent(5, 40, (nth) => 40 + (nth % 8), 300),
    NOW,
  )
  expect(found).toMatchObject([
    { code: 'all_silent', subject: 'provider', customerId: null, facts: { silent: 200, sites: 5 } },
  ])
})

test('several sites of many are so many sites', () => {
  expect(
    codes(
      silenceRules(
        silent(3, 4, () => 45, 3_000),
        NOW,
      ),
    ).sort(),
  ).toEqual(['site_silent site site 0', 'site_silent site site 1', 'site_silent site site 2'])
})

test('what fell silent one after the other, over days, is each server for itself', () => {
  const found = silenceRules(
    silent(2, 3, (nth) => 40 + nth * 300, 6),
    NOW,
  )
  expect(found.map(({ code }) => code)).toEqual(Array(6).fill('agent_silent'))
})
