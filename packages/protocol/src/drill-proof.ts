/**
 * What an agent signs of a drill, to the byte, so that anybody can check it years later with the text, the signature and
 * the agent's public key: one line that names the format, one line of JSON. The command is in docs/guides/drills.md.
 */
import { type KeyObject, sign, verify } from 'node:crypto'
import type { DrillFinished } from './messages/drills.ts'
import { ed25519KeyText, publicKeyOf } from './vault-token.ts'

const FORMAT = 'holdfast-drill-1'

export type DrillFacts = Omit<DrillFinished, 'type' | 'key' | 'signature' | 'detail' | 'wrongPaths'>

export function drillText(drill: DrillFacts): string {
  const { drillId, planId, repositoryId, snapshotId, startedAt, finishedAt } = drill
  const { outcome, files, filesWrong, bytes, manifest, code } = drill
  const facts = [
    ...[drillId, planId, repositoryId, snapshotId, startedAt, finishedAt],
    ...[outcome, files, filesWrong, bytes, manifest, code],
  ]
  return `${FORMAT}\n${JSON.stringify(facts)}\n`
}

export function signDrill(drill: DrillFacts, privateKey: KeyObject): { key: string; signature: string } {
  const signature = sign(null, Buffer.from(drillText(drill)), privateKey).toString('base64url')
  return { key: ed25519KeyText(privateKey), signature }
}

export function isDrillSigned(
  drill: DrillFacts & { readonly key: string; readonly signature: string },
): boolean {
  try {
    const proof = Buffer.from(drill.signature, 'base64url')
    return verify(null, Buffer.from(drillText(drill)), publicKeyOf(drill.key), proof)
  } catch {
    return false
  }
}
