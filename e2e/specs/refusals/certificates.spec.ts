/**
 * Trust does not rest on the gateway's certificate, so one that changes or runs out keeps nobody away. But people are
 * told: a firewall may object, and somebody who compares hashes wants to know.
 */
import { rm, writeFile } from 'node:fs/promises'
import { makeCertificate } from 'holdfast-agent/src/link/testing/certificate.ts'
import { Portal } from '../../harness/portal.ts'
import { expect, test } from '../../harness/test.ts'

const DAY_MS = 86_400_000

test('a portal that comes back with another certificate', async ({ portal, newSite }) => {
  const site = newSite('fileserver')
  const { joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const before = portal.certificateSha256

  await portal.stop()
  await rm(portal.gatewayCertificateFile)
  await portal.startAgain()
  expect(portal.certificateSha256).not.toBe(before)

  await test.step('the link comes back, and both ends say it', async () => {
    await portal.expectNotice('acme/fileserver', 'certificate_changed')
    await site.expectNotice('certificate_changed')
    expect(await site.managementLog()).toContain('The portal has a new certificate [certificate_changed]')
  })

  await test.step('it is remembered: the next time it is the old one', async () => {
    await site.stopAgent()
    await site.startAgent()
    await site.untilStatus('is linked', ({ portals }) => portals[0]?.state === 'online')
    expect(await site.status()).toMatchObject({ portals: [{ notices: [] }] })
    await portal.untilServer(
      'acme/fileserver',
      'has no notice',
      ({ link, notices }) => link.online && notices.length === 0,
    )
  })
})

test('a portal whose certificate has run out', async ({ workspace, newSite }) => {
  const yesterday = new Date(Date.now() - DAY_MS)
  const lastYear = new Date(Date.now() - 366 * DAY_MS)
  const { cert, key } = makeCertificate({ validFrom: lastYear, validTo: yesterday })
  const files = { certificate: workspace.path('gateway.crt'), key: workspace.path('gateway.key') }
  await writeFile(files.certificate, cert)
  await writeFile(files.key, key, { mode: 0o600 })
  const portal = await Portal.start(workspace, {
    HOLDFAST_GATEWAY_CERTIFICATE: files.certificate,
    HOLDFAST_GATEWAY_KEY: files.key,
  })

  const site = newSite('fileserver')
  const { joinToken } = await portal.addServer('acme/fileserver')
  const joined = await site.tryToJoin(joinToken)
  expect(joined).toMatchObject({ code: 0, stderr: expect.stringContaining('[certificate_expired]') })
  await site.startAgent()
  await portal.expectNotice('acme/fileserver', 'certificate_expired')
  await site.expectNotice('certificate_expired')
  expect(await site.managementLog()).toContain("The portal's certificate has expired [certificate_expired]")
})
