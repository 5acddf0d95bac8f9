/** A certificate as a gateway would have one; tests choose its dates and its issuer. */
import { makeSelfSigned, type SelfSigned } from '../../listen/self-signed.ts'

export type TestCertificate = SelfSigned

export function makeCertificate({
  name = 'Holdfast gateway',
  validFrom = new Date(Date.now() - 3_600_000),
  validTo = new Date(Date.now() + 365 * 86_400_000),
} = {}): TestCertificate {
  return makeSelfSigned({ name, validFrom, validTo })
}
