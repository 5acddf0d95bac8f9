/**
 * What a failed drill says. Only damage is about the data: files came back, and not as they were. Every other code says
 * why the repository could not even be read, as with a disk that is not mounted or a key that does not fit.
 */
import { isRefusalCode, type RefusalCode } from '@holdfast/protocol'

/** Null: something was read, and it is the data that is wrong. */
export function whyNothingWasRead(errorCode: string): RefusalCode | null {
  return isRefusalCode(errorCode) && errorCode !== 'repository_damaged' ? errorCode : null
}
