/**
 * A technician has a site on the telephone whose server does not get through. Each of them has half of the picture: the
 * agent's doctor there, the portal's doctor here. A code of eight signs joins them.
 */
import { expect as expectFacts } from '@playwright/test'
import { z } from 'zod'
import { ConsolePage } from '../harness/console-page.ts'
import { sayPlainly } from '../harness/knock.ts'
import { expect, test } from '../harness/test.ts'

const diagnosis = z.object({ code: z.string(), ok: z.boolean() })

test('the portal’s doctor shows who knocks, and finds the run of a server’s doctor by its code', async ({
  portal,
  newSite,
  page,
}) => {
  const { joinToken } = await portal.addServer('acme/fileserver')
  const site = newSite('fileserver')
  expectFacts(await site.tryToJoin(joinToken)).toMatchObject({ code: 0 })
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await page.getByRole('link', { name: 'Doctor', exact: true }).click()
  await expect(console.heading('Only agents on this machine can reach the portal')).toBeVisible()
  const code = page.getByLabel('Code of the doctor at a server')
  const show = page.getByRole('button', { name: 'Show what arrived' })
  const arrived = page.getByRole('region', { name: 'What arrived' })

  await test.step('the portal knows itself', async () => {
    await expect(page.getByRole('list', { name: 'Listening' })).toContainText(portal.gateway)
    await expect(page.getByText(portal.certificateSha256)).toBeVisible()
    await expect(page.getByRole('list', { name: 'Addresses in join tokens' })).toContainText(
      'Only from this machine',
    )
    await expect(page.getByText(/^PostgreSQL \d+/)).toBeVisible()
  })

  await test.step('somebody who forgot the TLS is seen, without a reload', async () => {
    expect(await sayPlainly(portal.gateway, 'GET / HTTP/1.1\r\n\r\n')).toContain('400')
    const knocks = page.getByRole('table', { name: 'Who knocked' })
    await expect(knocks).toContainText('Plain HTTP on the encrypted port')
  })

  await test.step('what is no code is said to be none, and an unknown one has not arrived', async () => {
    await code.fill('7K3M')
    await show.click()
    await expect(page.getByText('A code has eight letters and digits')).toBeVisible()
    await code.fill('zzzz zzzz')
    await show.click()
    await expect(arrived).toContainText('Nothing with the code ZZZZ-ZZZZ has arrived')
    await expect(arrived).toContainText('blocked before us')
  })

  await test.step('a run of the real doctor is found, however its code is typed', async () => {
    const { stdout } = await site.command(['doctor', '--json'])
    const run = diagnosis.parse(JSON.parse(stdout))
    await code.fill(run.code.toLowerCase().replace('-', ' '))
    await show.click()
    await expect(arrived).toContainText('It came all the way in, as acme/fileserver')
    const connections = page.getByRole('list', { name: 'Connections of this run' })
    await expect(connections).toContainText('Proven')
    await expect(connections).toContainText(portal.gateway)
  })
})
