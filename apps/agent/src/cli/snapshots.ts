import { parseArgs } from 'node:util'
import { snapshotPath } from '../catalogue/paths.ts'
import { listSnapshot, type Snapshot, snapshots as snapshotsIn } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import { openRepository } from '../repositories/open.ts'
import { ownRestic } from '../runs/restic.ts'
import { State } from '../state/state.ts'
import { chooseRepository } from './choose-repository.ts'
import { type CliCommand, EXIT, hint, say } from './command.ts'
import { moment, printable, size } from './words.ts'

const ENTRIES_MAX = 10_000

/** Lists the snapshots of a repository, or what a folder of one of them holds. Needs neither portal nor running agent. */
export const snapshots: CliCommand = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean' } },
    allowPositionals: true,
  })
  const [name, wanted, folder = '/'] = positionals
  const state = new State(settings.stateFolder)
  try {
    const repository = chooseRepository(state.repositories.all(), name)
    const restic = await ownRestic(settings)
    const opened = await openRepository(repository, state)
    const all = await snapshotsIn(restic, opened)
    if (wanted === undefined) {
      for (const one of all) say(values.json ? JSON.stringify(one) : lineOf(one))
      if (all.length === 0) hint('It holds no snapshot yet.')
      return EXIT.done
    }
    const { id } = chooseSnapshot(all, wanted)
    const request = { snapshotId: id, folder: snapshotPath(folder), entriesMax: ENTRIES_MAX }
    const { entries, more } = await listSnapshot(restic, opened, request)
    for (const entry of entries) {
      const { path, kind, sizeBytes, modifiedAt } = entry
      const about = kind === 'folder' ? '' : size(sizeBytes ?? 0)
      const time = modifiedAt === null ? '' : moment(modifiedAt.toISOString())
      const shown = `${time.padEnd(16)}  ${about.padStart(10)}  ${printable(path)}${kind === 'folder' ? '/' : ''}`
      say(values.json ? JSON.stringify(entry) : shown)
    }
    if (more) hint(`Only the first ${ENTRIES_MAX.toLocaleString('en-US')} are shown.`)
    if (entries.length === 0) throw new Failure({ code: 'not_in_snapshot', detail: folder })
    return EXIT.done
  } finally {
    state.close()
  }
}

function lineOf({ id, takenAt, host, paths }: Snapshot): string {
  return `${id.slice(0, 8)}  ${moment(takenAt.toISOString())}  ${printable(host)}  ${paths.map(printable).join(', ')}`
}

/** By the beginning of its id, or `latest`. */
export function chooseSnapshot(all: readonly Snapshot[], wanted: string): Snapshot {
  const newest = all.toSorted((a, b) => b.takenAt.getTime() - a.takenAt.getTime())
  const found = wanted === 'latest' ? newest.slice(0, 1) : all.filter(({ id }) => id.startsWith(wanted))
  const [only] = found
  if (only === undefined || found.length > 1)
    throw new Failure({
      code: 'snapshot_missing',
      detail: found.length > 1 ? `several begin with ${wanted}` : wanted,
    })
  return only
}
