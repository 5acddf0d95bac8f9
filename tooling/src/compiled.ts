/**
 * Tests start hundreds of Node processes: agents, their command lines, vaults, portals, the runners' own workers. Each
 * would compile the same sources anew, which takes most of the CPU of a short one. Node keeps what it has compiled in a
 * folder when it is told of one (module.enableCompileCache), under a hash of the source: stale it cannot be.
 */
import { join } from 'node:path'
import { repository } from './repository.ts'

/** For this process's children, unless somebody has chosen a folder already. */
export function rememberCompiled(): void {
  process.env.NODE_COMPILE_CACHE ??= join(repository, 'node_modules', '.cache', 'compiled')
}
