import { EngineError, findRestic } from '../../engine/index.ts'
import type { Settings } from '../../settings.ts'
import { failed, fine, type Verdict } from '../examination.ts'

/** Is there a restic, and is it new enough? Without one the link works and no backup does. */
export async function checkRestic({ restic }: Settings): Promise<Verdict> {
  try {
    const { binary, version } = await findRestic({ path: restic ?? undefined })
    return fine(`${version}, ${binary}`)
  } catch (error) {
    if (error instanceof EngineError) return failed({ code: error.code, detail: error.message })
    throw error
  }
}
