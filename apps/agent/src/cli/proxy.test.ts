import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { TestProxy } from '../link/testing/proxy.ts'
import { tokenFor } from '../testing/cli.ts'
import { CliSite } from '../testing/cli-site.ts'

/** How a person at the server says by which way a portal is reached. */

let site: CliSite
let gateway: TestGateway

beforeEach(async () => {
  site = new CliSite()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

describe('a proxy', () => {
  test('that is named when joining is used from the first try on, with the password from the next line', async () => {
    await using proxy = await TestProxy.start({ credentials: 'agent:open sesame' })
    const { code, out } = await site.cli.run(
      ['join', '--proxy', `http://agent@${proxy.host}`],
      `${tokenFor(gateway)}\nopen sesame\n`,
    )
    expect({ code, out: out.split('.')[0] }).toEqual({ code: 0, out: "Joined Bill's IT service as acme/fs1" })
    expect(proxy.targets).toEqual([gateway.address])
    const shown = await site.cli.run(['proxy'])
    expect(shown.out).toBe(`Bill's IT service, as acme/fs1: through http://${proxy.host} as agent\n`)
    site.startAgent()
    await gateway.until(() => gateway.hellos.length === 2)
    expect(proxy.targets).toHaveLength(2)
  })

  test('that wants a password says so, and --keep remembers it all the same', async () => {
    await using proxy = await TestProxy.start({ credentials: 'agent:open sesame' })
    const { code, err } = await site.cli.run(
      ['join', '--keep', '--proxy', `http://agent@${proxy.host}`],
      `${tokenFor(gateway)}\nclose sesame\n`,
    )
    expect(code).toBe(4)
    expect(err).toContain('[proxy_auth_required]')
    expect(err).not.toContain('close sesame')
  })

  test('can be changed while the agent runs, and it takes it up at once', async () => {
    await using proxy = await TestProxy.start({ credentials: 'agent:open sesame' })
    await site.cli.run(['join', '--keep', '--proxy', 'http://127.0.0.1:1'], `${tokenFor(gateway)}\n`)
    site.startAgent()
    await site.cli.until(async () => (await site.cli.run(['status'])).out.includes('[proxy_unreachable]'))
    const withPassword = site.cliWith({ HOLDFAST_PROXY_PASSWORD: 'open sesame' })
    const { code } = await withPassword.run(['proxy', 'acme/fs1', `http://agent@${proxy.host}`])
    expect(code).toBe(0)
    await gateway.agentOnline()
    expect(proxy.targets).toEqual([gateway.address])
    await site.cli.run(['proxy', 'acme/fs1', 'direct'])
    await gateway.until(() => gateway.hellos.length === 2)
    expect((await site.cli.run(['proxy', 'acme/fs1'])).out).toContain('directly')
    expect(proxy.targets).toHaveLength(1)
  })

  test('of the environment is used, unless the portal has a way of its own', async () => {
    const behind = site.cliWith({ HTTPS_PROXY: 'http://127.0.0.1:1' })
    const { err } = await behind.run(['join'], `${tokenFor(gateway)}\n`)
    expect(err).toContain(`${gateway.address} through http://127.0.0.1:1, ECONNREFUSED) [proxy_unreachable]`)
    expect((await behind.run(['join', '--no-proxy'], `${tokenFor(gateway)}\n`)).code).toBe(0)
  })

  test.each([
    [['join', '--proxy', 'http://agent:secret@proxy:3128']],
    [['join', '--proxy=agent:sec/ret@proxy:3128']],
    [['proxy', 'acme/fs1', 'socks5://agent:secret@proxy']],
    [['proxy', 'acme/fs1', 'socks5://secret']],
    [['join', '--proxy', 'http://secret', '--no-proxy']],
  ])('is refused, and not printed again, as %j', async (words) => {
    await site.cli.run(['join'], `${tokenFor(gateway)}\n`)
    const { code, out, err } = await site.cli.run(words, `${tokenFor(gateway)}\n`)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toMatch(/secret|sec.ret/)
  })
})
