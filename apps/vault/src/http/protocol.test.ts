/**
 * What any server of restic's REST protocol does. It runs against our vault and against `rclone serve restic`, so that it
 * tests the protocol and not our reading of it.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Client, idOf } from '../testing/client.ts'
import { rcloneIsHere, serveByRclone } from '../testing/programs.ts'
import { makeFolder, REPOSITORY, serve } from '../testing/site.ts'

const V2 = 'application/vnd.x.restic.rest.v2'
const sized = z.array(z.strictObject({ name: z.string(), size: z.number() }))

const SERVERS = {
  'our vault': {
    isHere: true,
    start: async (folder: ReturnType<typeof makeFolder>) => {
      const vault = await serve(folder)
      return { client: vault.client(), [Symbol.asyncDispose]: () => vault[Symbol.asyncDispose]() }
    },
  },
  'rclone serve restic': { isHere: rcloneIsHere, start: serveByRclone },
}

for (const [name, { isHere, start }] of Object.entries(SERVERS)) {
  describe.skipIf(!isHere)(name, () => {
    const folder = makeFolder()
    let server: Awaited<ReturnType<typeof start>>
    let client: Client
    const at = (path: string) => `/${REPOSITORY}/${path}`

    beforeAll(async () => {
      server = await start(folder)
      client = server.client
      expect((await client.ask('HEAD', at('config'))).status).toBe(404)
      expect((await client.ask('POST', at('?create=true'))).status).toBe(200)
    })
    afterAll(async () => {
      await server[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    })

    /** Something new of a kind, kept. */
    async function keep(kind: string, bytes = 1_000) {
      const body = randomBytes(bytes)
      const path = at(`${kind}/${idOf(body)}`)
      expect((await client.ask('POST', path, { body })).status).toBe(200)
      return { body, id: idOf(body), path }
    }

    test('large objects come whole and in any range, whatever block it begins and ends in', async () => {
      const bytes = 3 * 1_024 * 1_024 + 17
      const { body, path } = await keep('data', bytes)
      expect((await client.ask('GET', path)).body.equals(body)).toBe(true)
      for (const [first, last] of [
        [1, bytes - 1],
        [4_095, 2_000_000],
        [262_143, 262_143 + 1_048_576],
        [1_048_576, bytes - 2],
        [bytes - 5, bytes - 1],
      ] as const) {
        const answer = await client.ask('GET', path, { headers: { Range: `bytes=${first}-${last}` } })
        expect(answer.status).toBe(206)
        expect(answer.body.equals(body.subarray(first, last + 1))).toBe(true)
      }
    })

    test('a repository may be created again', async () => {
      expect((await client.ask('POST', at('?create=true'))).status).toBe(200)
    })

    test('the config is kept, looked at and read', async () => {
      const body = randomBytes(155)
      expect((await client.ask('POST', at('config'), { body })).status).toBe(200)
      const looked = await client.ask('HEAD', at('config'))
      expect([looked.status, looked.headers['content-length']]).toEqual([200, '155'])
      expect((await client.ask('GET', at('config'))).body).toEqual(body)
    })

    test.each(['data', 'index', 'keys', 'locks', 'snapshots'])(
      '%s are kept, listed, read and deleted',
      async (kind) => {
        const { body, id, path } = await keep(kind)
        const looked = await client.ask('HEAD', path)
        expect([looked.status, looked.headers['content-length']]).toEqual([200, String(body.length)])
        expect((await client.ask('GET', path)).body).toEqual(body)
        const listed = await client.ask('GET', at(`${kind}/`), { headers: { Accept: V2 } })
        expect(listed.headers['content-type']).toBe(V2)
        expect(sized.parse(JSON.parse(listed.body.toString()))).toContainEqual({
          name: id,
          size: body.length,
        })
        expect((await client.ask('DELETE', path)).status).toBe(200)
        expect((await client.ask('GET', path)).status).toBe(404)
        const after = await client.ask('GET', at(`${kind}/`), { headers: { Accept: V2 } })
        expect(after.body.toString()).not.toContain(id)
      },
    )

    test('an object of many megabytes comes back as it was', async () => {
      const { body, path } = await keep('data', 9_000_001)
      const read = await client.ask('GET', path)
      expect(read.status).toBe(200)
      expect(idOf(read.body)).toBe(idOf(body))
    })

    test('a body without an announced length is kept as well', async () => {
      const body = randomBytes(300_000)
      const path = at(`data/${idOf(body)}`)
      expect((await client.ask('POST', path, { body, isChunked: true })).status).toBe(200)
      expect((await client.ask('GET', path)).body).toEqual(body)
    })

    test.each([
      ['bytes=0-0', 0, 1],
      ['bytes=0-99', 0, 100],
      ['bytes=500-999', 500, 1_000],
      ['bytes=900-', 900, 1_000],
      ['bytes=900-5000', 900, 1_000],
      ['bytes=-10', 990, 1_000],
    ])('the range %s', async (range, start, end) => {
      const { body, path } = await keep('data')
      const read = await client.ask('GET', path, { headers: { Range: range } })
      expect(read.status).toBe(206)
      expect(read.headers['content-range']).toBe(`bytes ${start}-${end - 1}/1000`)
      expect(read.body).toEqual(body.subarray(start, end))
    })

    test('what is not there is not found', async () => {
      const path = at(`data/${'0'.repeat(64)}`)
      expect((await client.ask('HEAD', path)).status).toBe(404)
      expect((await client.ask('GET', path)).status).toBe(404)
    })

    test('nobody gets in without the password', async () => {
      const { path } = await keep('data')
      const anonymous = await client.ask('GET', path, { headers: { Authorization: '' } })
      expect(anonymous.status).toBe(401)
    })
  })
}
