/** What is true now and may be lost: how far a run is, what the machine is, that the portal is about to go. */
import { z } from 'zod'
import { recipient } from '../sealing.ts'
import { offers } from './offers.ts'
import { count, id, refusalCode } from './values.ts'

export const progress = z.object({
  runId: id,
  phase: z.enum(['scanning', 'uploading']),
  filesDone: count,
  filesTotal: count.nullable(),
  bytesDone: count,
  bytesTotal: count.nullable(),
  bytesPerSecond: count,
  secondsLeft: count.nullable(),
  currentFile: z.string().max(4_096),
})
export type Progress = z.output<typeof progress>

export const machine = z.object({
  hostname: z.string().max(255),
  /** For example `linux x64, Debian GNU/Linux 12`. */
  platform: z.string().max(200),
  agentVersion: z.string().max(64),
  resticVersion: z.string().max(64).nullable(),
  /** Notices that hold now and that only the agent can see, such as `restic_missing`. */
  notices: z.array(refusalCode).max(32),
  /** Public half of the agent's own age key (sealing.ts): what is sealed to it, only this agent opens. */
  recipient: recipient.optional(),
  /** Public half of the key by which the agent signs its own vault tokens (vault-token.ts): 32 bytes, base64url. */
  vaultKey: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
  /** What plans may name here. Agents that know no such thing leave it out. */
  offers: offers.optional(),
})
export type Machine = z.output<typeof machine>

export const goodbye = z.object({ code: refusalCode, comeBackInMs: z.number().int().min(0).max(3_600_000) })
