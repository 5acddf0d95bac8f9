import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

test.each(['owner', 'technician', 'acmeAdmin', 'acmeViewer'] as const)(
  '%s reads the sheet of a site that they may see',
  async (who) => {
    const { site, server } = portal.acme
    const { sheet, siteName } = await portal[who].firewallSheet.get({ siteId: site.id })
    expect(siteName).toBe(site.name)
    expect(sheet.answer).toBe('Allow outbound TCP port 16888 from the servers of this site. Nothing else.')
    const words = JSON.stringify(sheet)
    expect(words).toContain(server.name)
    expect(words).toContain('portal.example')
    expect(words).not.toContain('globex')
  },
)

test('a stranger’s site is answered like a missing one', async () => {
  await expectStrangersUnknown(
    portal,
    ({ site }) => site.id,
    (caller, siteId) => caller.firewallSheet.get({ siteId }),
  )
})
