'use client'

/** What a template would do on each server, in the order in which it matters. */
import type { Outputs } from '#trpc/root.ts'
import { Section } from '#ui/shell/section.tsx'
import { Glyph } from '#ui/status/glyph.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatCounted } from '#ui/values/format.ts'

type Preview = Outputs['templates']['preview']
type Row = Preview['rows'][number]

const OUTCOMES = [
  { outcome: 'changed', title: 'Changed', shape: 'triangle-alert', tone: 'warn' },
  { outcome: 'created', title: 'Made', shape: 'disc-check', tone: 'good' },
  { outcome: 'skipped', title: 'Skipped', shape: 'octagon-cross', tone: 'bad' },
  { outcome: 'unchanged', title: 'Unchanged', shape: 'ring-dot', tone: 'none' },
] as const

const MISFITS: Record<NonNullable<Row['misfit']>['why'], string> = {
  no_repository:
    'It has no repository. Make one on its Backup page, or let the template make one in a vault.',
  no_repository_in_vault: 'It has no repository in this vault, and the template makes none.',
  repository_not_ready: 'Its repository is not ready.',
  no_vault: 'The vault of the template is registered no more.',
  capability_missing: 'Its agent is too old for what the template asks. Update it. It lacks',
  not_offered: 'It does not offer what the template names',
  other_system: 'These paths cannot be on its system',
}

export function answerOf({ rows }: Preview): string {
  const count = (outcome: Row['outcome']) => rows.filter((row) => row.outcome === outcome).length
  const [made, changed, skipped] = [count('created'), count('changed'), count('skipped')]
  const parts = [
    ...(made > 0 ? [`${formatCounted(made, 'plan')} would be made`] : []),
    ...(changed > 0 ? [`${formatCounted(changed, 'plan')} would be changed`] : []),
    ...(skipped > 0 ? [`${formatCounted(skipped, 'server')} skipped`] : []),
  ]
  return parts.length === 0 ? 'Nothing would change' : parts.join(', ')
}

export function PreviewList({ preview }: { preview: Preview }) {
  return OUTCOMES.map(({ outcome, title, ...status }) => {
    const rows = preview.rows.filter((row) => row.outcome === outcome)
    if (rows.length === 0) return null
    return (
      <Section key={outcome} title={`${title}: ${formatCounted(rows.length, 'server')}`}>
        <ul aria-label={title} className="mt-2 border-line border-t">
          {rows.map((row) => (
            <li
              key={row.serverId}
              className="flex flex-wrap items-start gap-x-6 gap-y-1.5 border-line border-b px-(--page-x) py-2.5"
            >
              <div className="flex min-w-56 flex-1 basis-56 gap-2">
                <span className="flex h-5 items-center">
                  <Glyph {...status} />
                </span>
                <div className="min-w-0">
                  <p className="truncate font-medium">{row.serverName}</p>
                  <p className="truncate text-ink-muted text-small">
                    {row.customerName}, {row.siteName}
                  </p>
                </div>
              </div>
              <div className="min-w-56 flex-3 basis-96">
                <Does row={row} />
              </div>
            </li>
          ))}
        </ul>
      </Section>
    )
  })
}

function Does({ row: { outcome, misfit, fields, isPaused, isOnline } }: { row: Row }) {
  const notes = [
    ...(isPaused ? ['The plan is paused, and stays so.'] : []),
    ...(isOnline || outcome === 'skipped' || outcome === 'unchanged'
      ? []
      : ['It is offline, and hears of it when it comes back.']),
  ]
  return (
    <>
      {misfit && (
        <p>
          {MISFITS[misfit.why]}
          {misfit.detail && (
            <>
              {/\.$/.test(MISFITS[misfit.why]) ? ' ' : ': '}
              <ForeignText>{misfit.detail}</ForeignText>
            </>
          )}
        </p>
      )}
      {fields.length > 0 && (
        <dl className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-3 gap-y-0.5">
          {fields.map(({ field, before, after }) => (
            <div key={field} className="col-span-2 grid grid-cols-subgrid">
              <dt className="text-ink-muted">{field}</dt>
              <dd className="wrap-anywhere min-w-0">
                {before !== null && (
                  <>
                    <del className="text-ink-muted">
                      <ForeignText>{before}</ForeignText>
                    </del>
                    <span aria-hidden> → </span>
                  </>
                )}
                <ForeignText>{after}</ForeignText>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {notes.length > 0 && <p className="text-ink-muted text-small">{notes.join(' ')}</p>}
    </>
  )
}
