import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ConflictRule, RestoreCounts } from '@holdfast/protocol'
import { Catalogues } from '../catalogue/catalogues.ts'
import { snapshotPathOf } from '../catalogue/paths.ts'
import { snapshots } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import { openRepository } from '../repositories/open.ts'
import { Restores } from '../restore/restores.ts'
import { ownRestic } from '../runs/restic.ts'
import type { RestoreResult, RestoreWanted } from '../state/restores.ts'
import { State } from '../state/state.ts'
import { chooseRepository } from './choose-repository.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { chooseSnapshot } from './snapshots.ts'
import { count, duration, printable, size } from './words.ts'

const USAGE = 'Write "holdfast-agent restore REPOSITORY SNAPSHOT PATH... --to FOLDER" (or --in-place).'

/**
 * Brings files back, by a person at the server: neither a portal nor a running agent is needed, and no portal's policy
 * applies. Ctrl-C ends it in an orderly way; the same line again goes on.
 */
export const restore: CliCommand = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      to: { type: 'string' },
      'in-place': { type: 'boolean', default: false },
      replace: { type: 'boolean', default: false },
      'keep-both': { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const [name, snapshot, ...paths] = positionals
  if (name === undefined || snapshot === undefined || paths.length === 0) throw new UsageError(USAGE)
  if ((values.to === undefined) !== values['in-place']) throw new UsageError(USAGE)
  const conflict = conflictOf(values.replace, values['keep-both'])
  const state = new State(settings.stateFolder)
  const id = randomUUID()
  // A catalogue of its own: that of a running agent is being written to.
  const folder = join(settings.stateFolder, `catalogue-${id}`)
  const catalogues = new Catalogues(state, settings, () => {}, folder)
  const restores = new Restores({
    ...{ state, settings, catalogues, tell: () => {} },
    onProgress: (_, { phase, filesDone, bytesDone, bytesTotal }) => {
      if (phase !== 'reading')
        hint(`${count(filesDone, 'file')}, ${size(bytesDone)} of ${size(bytesTotal ?? bytesDone)}`)
    },
  })
  const onSignal = () => void restores.cancel(null, id)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
  try {
    const repository = chooseRepository(state.repositories.all(), name)
    const opened = await openRepository(repository, state)
    const { id: snapshotId } = chooseSnapshot(await snapshots(await ownRestic(settings), opened), snapshot)
    const wanted: RestoreWanted = {
      ...{
        repositoryId: repository.id,
        snapshotId,
        paths: paths.map((path) => snapshotPathOf(path)),
        conflict,
      },
      target: values.to === undefined ? { kind: 'original' } : { kind: 'folder', folder: resolve(values.to) },
      dryRun: values['dry-run'],
    }
    restores.begin(id, null, wanted)
    const result = await restores.follow(id, wanted)
    restores.finish(id, null, wanted, result)
    restores.forget(id, result)
    return tell(result, values.json)
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
    await catalogues.stop()
    await rm(folder, { recursive: true, force: true })
    state.close()
  }
}

function conflictOf(replace: boolean, keepBoth: boolean): ConflictRule {
  if (replace && keepBoth) throw new UsageError('Say "--replace" or "--keep-both", or neither.')
  return replace ? 'replace' : keepBoth ? 'keepBoth' : 'keepExisting'
}

function tell(result: RestoreResult, asJson: boolean): number {
  const { counts, items, code, detail, dryRun, seconds, outcome } = result
  if (asJson) say(JSON.stringify(result))
  else {
    for (const { action, path } of items) say(`${WORDS[action].padEnd(10)}${printable(path)}`)
    if (counts !== null)
      say(`${summary(counts)}${dryRun ? '. Nothing was changed.' : `, ${duration(seconds * 1_000)}`}`)
  }
  if (outcome === 'succeeded') return EXIT.done
  if (!asJson || counts === null) throw new Failure({ code: code ?? 'restore_incomplete', detail })
  return EXIT.failed
}

const WORDS = {
  ...{ created: 'new', replaced: 'replaced', kept: 'kept', keptBoth: 'beside', failed: 'FAILED' },
} as const

function summary({ files, bytes, created, replaced, kept, keptBoth, same, failed }: RestoreCounts): string {
  const parts = [
    [created, 'new'],
    [replaced, 'replaced'],
    [keptBoth, 'put beside another'],
    [same, 'there already'],
    [kept, 'left, because something else is there'],
    [failed, 'failed'],
  ] as const
  const said = parts.flatMap(([many, what]) => (many > 0 ? [`${many.toLocaleString('en-US')} ${what}`] : []))
  return `${count(files, 'file')}, ${size(bytes)}${said.length > 0 ? `: ${said.join(', ')}` : ''}`
}
