/** What a run did beside its backup: databases and commands that were dumped, and hooks that were run. */
import type { Outputs } from '#trpc/root.ts'
import { Glyph } from '#ui/status/glyph.tsx'
import { Bytes, Duration } from '#ui/values/amounts.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'

type Run = Outputs['runs']['get']

export function RunParts({ run: { dumps, hooks } }: { run: Run }) {
  return (
    <>
      {dumps.length > 0 && (
        <Parts title="Databases and commands">
          {dumps.map((dump) => (
            <Part key={`${dump.kind} ${dump.name}`} part={dump}>
              <Bytes of={dump.sizeBytes} />
            </Part>
          ))}
        </Parts>
      )}
      {hooks.length > 0 && (
        <Parts title="Before and after">
          {hooks.map((hook, index) => (
            // The same one may have run twice: only its place tells it apart.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <Part key={index} part={hook}>
              {hook.when === 'before' ? 'before' : 'after'}
            </Part>
          ))}
        </Parts>
      )}
    </>
  )
}

function Parts({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-col gap-1.5">
      <h3 className="font-medium">{title}</h3>
      <ul className="rounded-md border border-line">{children}</ul>
    </div>
  )
}

function Part({
  part: { name, code, detail, durationMs },
  children,
}: {
  part: Run['dumps'][number] | Run['hooks'][number]
  children: React.ReactNode
}) {
  return (
    <li className="flex flex-col gap-0.5 not-last:border-line not-last:border-b px-3 py-1.5">
      <div className="flex items-center gap-2">
        <Glyph shape={code ? 'octagon-cross' : 'disc-check'} tone={code ? 'bad' : 'good'} size={14} />
        <span className="min-w-0 flex-1 truncate">
          <ForeignText>{name}</ForeignText>
          <span className="sr-only">{code ? ' failed' : ' done'}</span>
        </span>
        <span className="text-ink-muted text-small tabular-nums">{children}</span>
        <span className="text-ink-muted text-small tabular-nums">
          <Duration ms={durationMs} />
        </span>
      </div>
      {detail && (
        <p className="wrap-anywhere text-ink-muted text-small">
          <ForeignText>{detail}</ForeignText>
        </p>
      )}
    </li>
  )
}
