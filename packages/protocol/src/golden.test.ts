import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { handshakeMessage, proofBody, refusedBody, welcomeBody } from './handshake/index.ts'
import {
  ANSWERS,
  agentToPortal,
  commandReceipt,
  downloadChunkReceipt,
  downloadReceipt,
  plansHeld,
  portalToAgent,
  queryRefusal,
  reportsReceipt,
  vaultsReceipt,
} from './index.ts'

/**
 * Messages as they were recorded from each released version, one file a version. A later version may read more, but must
 * still read every one of these to the same value: agents in the field are not updated all at once. Never edit a
 * recorded file; add one.
 */
const READERS: Record<string, z.ZodType> = {
  handshake: handshakeMessage,
  proofBody,
  welcomeBody,
  refusedBody,
  'agentToPortal.reports': agentToPortal.reports,
  'agentToPortal.reports receipt': reportsReceipt,
  'agentToPortal.progress': agentToPortal.progress,
  'agentToPortal.machine': agentToPortal.machine,
  'portalToAgent.plans': portalToAgent.plans,
  'portalToAgent.plans receipt': plansHeld,
  'portalToAgent.vaults': portalToAgent.vaults,
  'portalToAgent.vaults receipt': vaultsReceipt,
  'portalToAgent.command': portalToAgent.command,
  'portalToAgent.command receipt': commandReceipt,
  'portalToAgent.query': portalToAgent.query,
  'portalToAgent.query receipt': z.union([
    queryRefusal,
    z.object({ outcome: z.literal('answered'), answer: z.union(Object.values(ANSWERS)) }),
  ]),
  'portalToAgent.goodbye': portalToAgent.goodbye,
  'agentToPortal.restoreProgress': agentToPortal.restoreProgress,
  'portalToAgent.download': portalToAgent.download,
  'portalToAgent.download receipt': downloadReceipt,
  'portalToAgent.cancelDownload': portalToAgent.cancelDownload,
  'agentToPortal.downloadChunk': agentToPortal.downloadChunk,
  'agentToPortal.downloadChunk receipt': downloadChunkReceipt,
  'agentToPortal.downloadEnd': agentToPortal.downloadEnd,
}
const recordings = z.array(z.object({ event: z.string(), message: z.unknown() }))
const bytes = z.strictObject({ base64: z.base64() })
/** Bytes travel as they are; in a recording they stand as text. */
function bytesInPlace(_key: string, value: unknown): unknown {
  const { data } = bytes.safeParse(value)
  return data ? new Uint8Array(Buffer.from(data.base64, 'base64')) : value
}

const folder = new URL('../golden/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const messages = files.flatMap((file) =>
  recordings
    .parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'), bytesInPlace))
    .map((entry, index) => ({ file, index, ...entry })),
)

test.each(messages)('$file: message $index ($event) is read as it was', ({ event, message }) => {
  const reader = READERS[event]
  expect(reader, `no reader for ${event}`).toBeDefined()
  expect(reader?.parse(message)).toEqual(message)
})

test('every message of the wire was recorded', () => {
  expect(new Set(messages.map((entry) => entry.event))).toEqual(new Set(Object.keys(READERS)))
})
