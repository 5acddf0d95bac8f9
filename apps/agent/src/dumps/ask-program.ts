import { Failure } from '../failure.ts'
import { sentenceOf } from '../offers/hooks.ts'
import { runSiteProgram, type SiteProgram } from '../offers/run-site-program.ts'

const ASK_MS_MAX = 60_000
const ANSWER_BYTES_MAX = 16 * 1024 ** 2

/** What a database client answers. @throws Failure `dump_failed` */
export async function askProgram(
  wanted: Omit<SiteProgram, 'output' | 'onOutput' | 'timeoutMs'>,
): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  const onOutput = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= ANSWER_BYTES_MAX) chunks.push(chunk)
  }
  const end = await runSiteProgram({ ...wanted, onOutput, timeoutMs: ASK_MS_MAX })
  if (end.exitCode !== 0 || end.cut !== null)
    throw new Failure({ code: 'dump_failed', detail: sentenceOf(end) })
  return Buffer.concat(chunks).toString('utf8')
}
