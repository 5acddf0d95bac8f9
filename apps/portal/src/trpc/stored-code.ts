import { isRefusalCode, type RefusalCode } from '@holdfast/protocol'

/** A refusal code as a row holds it; null when it is empty, or one that this version does not know. */
export function storedCode(code: string): RefusalCode | null {
  return isRefusalCode(code) ? code : null
}
