import { createServer } from 'node:net'
import { encodeJoinToken } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLine } from '../listen/testing/caller.ts'
import { CliSite } from '../testing/cli-site.ts'

/** How a person at the server has its agent wait to be dialled. */

let site: CliSite
let port: number

beforeEach(async () => {
  site = new CliSite()
  port = await freePort()
})
afterEach(() => site[Symbol.asyncDispose]())

async function freePort(): Promise<number> {
  const squatter = await squat(0)
  const { port: free } = squatter.address() as { port: number }
  await new Promise((resolve) => squatter.close(resolve))
  return free
}

function squat(wanted: number) {
  const server = createServer()
  return new Promise<typeof server>((resolve) => server.listen(wanted, '127.0.0.1', () => resolve(server)))
}

const listen = (...words: string[]) => site.cli.run(['listen', '--address', '127.0.0.1', ...words])
const running = () => site.cli.until(async () => (await site.cli.run(['status'])).code !== 3)
const token = (addresses: string[] = []) =>
  encodeJoinToken({
    ...{ addresses, name: 'acme/fs1', password: 'correct horse battery', certificate: 'ab'.repeat(32) },
  })

describe('listening', () => {
  test('is begun while the agent runs, moved, and ended; it says the certificate that is shown there', async () => {
    site.startAgent()
    await running()
    const { code, out } = await listen('--port', String(port))
    expect({ code, out: out.split('\n')[0] }).toEqual({ code: 0, out: `Listening on 127.0.0.1:${port}.` })
    const { tls, socket } = await openLine(port)
    expect(out).toContain(`SHA-256 of its certificate: ${tls.getPeerX509Certificate()?.fingerprint256}`)
    socket.disconnect()
    expect((await site.cli.run(['status'])).out).toContain(`Listening   at 127.0.0.1, port ${port}`)

    const other = await freePort()
    // What is not said stays: the address.
    expect((await site.cli.run(['listen', '--port', String(other)])).out).toContain(`127.0.0.1:${other}`)
    await expect(openLine(port)).rejects.toThrow()
    ;(await openLine(other)).socket.disconnect()

    expect(await site.cli.run(['listen', '--off'])).toMatchObject({
      code: 0,
      out: `No longer listening on 127.0.0.1:${other}.\n`,
    })
    await expect(openLine(other)).rejects.toThrow()
    expect((await site.cli.run(['listen', '--off'])).out).toBe('It did not listen.\n')
  })

  test('is remembered while no agent runs', async () => {
    const { code, out } = await listen('--port', String(port))
    expect(code).toBe(0)
    expect(out).toContain('Start it with "holdfast-agent run"')
    site.startAgent()
    await site.cli.until(() =>
      openLine(port).then(
        ({ socket }) => socket.disconnect().connected === false,
        () => false,
      ),
    )
  })

  test.each(['running', 'stopped'])(
    'on a port that is taken says by whom, with the agent %s',
    async (agent) => {
      const squatter = await squat(port)
      if (agent === 'running') {
        site.startAgent()
        await running()
      }
      const { code, err } = await listen('--port', String(port))
      expect(code).toBe(1)
      expect(err).toContain('[listen_port_taken]')
      if (process.platform === 'linux') expect(err).toContain(`(process ${process.pid})`)
      await new Promise((resolve) => squatter.close(resolve))
    },
  )

  test.each([
    ['--port', '0'],
    ['--port', '65536'],
    ['--port', '80x'],
    ['--address', 'fileserver'],
    ['--off', '--port', '16888'],
    ['16888'],
  ])('is not begun by %s %s', async (...words) => {
    expect((await site.cli.run(['listen', ...words.filter((word) => word !== undefined)])).code).toBe(2)
    expect(site.withState((state) => state.listening.get())).toBeNull()
  })
})

describe('joining a portal that dials', () => {
  test('remembers it without trying, and says what to do', async () => {
    const { code, out } = await site.cli.run(['join'], `${token()}\n`)
    expect(code).toBe(0)
    expect(out).toContain('It dials this server')
    expect(out).toContain('holdfast-agent listen')
    const after = await listen('--port', String(port))
    expect(after.out).toContain('calling for acme/fs1')
    expect((await site.cli.run(['listen', '--off'])).out).toContain('cannot reach it any more')
  })

  test('is renewed, and not joined twice, when the same portal is to be dialled from now on', async () => {
    await site.cli.run(['join'], `${token()}\n`)
    await site.cli.run(['join'], `${token()}\n`)
    site.withState((state) => {
      const [only] = state.portals.all()
      state.portals.proven(only?.id ?? '', 'Portal', null)
    })
    await site.cli.run(['join', '--keep'], `${token([`127.0.0.1:${port}`])}\n`)
    const joined = site.withState((state) => state.portals.all())
    expect(joined.map(({ addresses }) => addresses)).toEqual([[`127.0.0.1:${port}`]])
  })
})
