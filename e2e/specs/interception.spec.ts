/**
 * Something between a server and its portal opens the encrypted connection: an inspecting firewall, whose authority the
 * site may even have been told to trust. No link comes up through it, and both ends can name it. What only looks like it
 * is let through: a new certificate of the portal, and a load balancer that the portal was told of.
 */
import { rm, writeFile } from 'node:fs/promises'
import {
  type Certificate,
  Front,
  line,
  makeAuthority,
  makeSelfSigned,
  opensTls,
  type Port,
} from '@holdfast/tooling/doctor-faults'
import { ConsolePage } from '../harness/console-page.ts'
import { altered } from '../harness/join-tokens.ts'
import { Portal } from '../harness/portal.ts'
import { expect, test } from '../harness/test.ts'
import { expectRefused } from '../harness/words.ts'
import type { Workspace } from '../harness/workspace.ts'

const SERVER = 'acme/fileserver'
const INSPECTOR = 'Inspecting Firewall CA'

test('a firewall that opens TLS is named at both ends, and no link comes up through it', async ({
  workspace,
  portal,
  newSite,
  page,
}) => {
  const way = await wayTo(workspace, portal)
  const { joinToken } = await portal.addServer(SERVER)
  const site = newSite('fileserver')
  await site.installAgent(altered(joinToken, { addresses: [addressOf(way)] }))
  await portal.expectOnline(SERVER)

  const box = await (await makeAuthority(INSPECTOR)).issue('portal.example')
  await way.become(opensTls(gatewayOf(portal), box))
  await site.untilStatus(
    'is kept away',
    ({ portals }) => portals[0]?.state === 'offline' && portals[0].code === 'tls_intercepted',
  )
  expect((await portal.serverPage(SERVER)).link.online).toBe(false)

  await test.step('the log of the portal has issuer, subject and hash', async () => {
    expectNamed((await portal.untilLogged('tls_intercepted', SERVER)).detail, box)
  })

  await test.step('so does the agent’s', async () => {
    expectNamed(await site.managementLog(), box)
  })

  await test.step('and a person in the console', async () => {
    const console = new ConsolePage(page, portal.console)
    await console.signIn(portal.account)
    await console.openServer('fileserver')
    const reason = page.getByRole('main')
    await expect(reason).toContainText('Something opens the encrypted connection')
    await expect(reason).toContainText(`issuer CN=${INSPECTOR}`)
    await console.open('/log')
    await console.openLogEntry('Something opens the encrypted connection', SERVER)
    await expect(page.getByRole('definition').filter({ hasText: box.sha256 })).toBeVisible()
  })

  await test.step('without it, the link comes up again', async () => {
    await way.become(line(gatewayOf(portal)))
    await portal.expectOnline(SERVER)
  })

  await test.step('a new certificate of the portal is told, and is no alarm', async () => {
    const alarms = (await portal.logged('tls_intercepted', SERVER)).length
    await portal.stop()
    await rm(portal.gatewayCertificateFile)
    await portal.startAgain()
    await portal.expectNotice(SERVER, 'certificate_changed')
    expect(await portal.logged('tls_intercepted', SERVER)).toHaveLength(alarms)
  })
})

test('it is named as well where the site trusts its authority', async ({ workspace, portal, newSite }) => {
  const way = await wayTo(workspace, portal)
  const authority = await makeAuthority(INSPECTOR)
  const box = await authority.issue('portal.example')
  await way.become(opensTls(gatewayOf(portal), box))
  const store = workspace.path('authorities.pem')
  await writeFile(store, authority.cert)
  const { joinToken } = await portal.addServer(SERVER)
  const site = newSite('fileserver', { env: { NODE_EXTRA_CA_CERTS: store } })

  const refused = await site.tryToJoin(altered(joinToken, { addresses: [addressOf(way)] }))
  expectRefused(refused, 'tls_intercepted')
  expectNamed(refused.stderr, box)
  expectNamed((await portal.untilLogged('tls_intercepted', SERVER)).detail, box)
  expect((await portal.serverPage(SERVER)).link.online).toBe(false)
})

test('a load balancer that ends TLS is let in once the portal is told of it', async ({
  workspace,
  newSite,
}) => {
  const balancer = await makeSelfSigned({ name: 'balancer.example' })
  const stranger = await makeSelfSigned({ name: 'stranger.example' })
  const portal = await Portal.start(workspace, { HOLDFAST_TLS_TERMINATORS: balancer.sha256 })
  const way = await wayTo(workspace, portal)
  const { joinToken } = await portal.addServer(SERVER)
  const site = newSite('fileserver')
  const token = altered(joinToken, { addresses: [addressOf(way)] })

  await way.become(opensTls(gatewayOf(portal), stranger))
  expectRefused(await site.tryToJoin(token), 'tls_intercepted')

  await way.become(opensTls(gatewayOf(portal), balancer))
  await site.installAgent(token)
  await portal.expectOnline(SERVER)
})

/** A port in place of the gateway's, behind which boxes can be put. At first it is a line. */
async function wayTo(workspace: Workspace, portal: Portal): Promise<Front> {
  const way = await Front.open(['127.0.0.1'], line(gatewayOf(portal)))
  workspace.onClose(() => way.close())
  return way
}

const addressOf = (way: Front): string => `127.0.0.1:${way.port}`

function gatewayOf(portal: Portal): Port {
  const { hostname: host, port } = new URL(`tcp://${portal.gateway}`)
  return { host, port: Number(port) }
}

function expectNamed(text: string, { sha256 }: Certificate): void {
  for (const fact of [`issuer CN=${INSPECTOR}`, 'subject CN=portal.example', `SHA-256 ${sha256}`])
    expect(text).toContain(fact)
}
