'use client'

/** Programs of the site that run before and after a backup. A plan names them; what they are stands at the server. */
import { type Hooks, LIMITS, type Offers } from '@holdfast/protocol'
import { X } from 'lucide-react'
import { IconButton } from '#ui/controls/icon-button.tsx'
import { type Option, Select } from '#ui/forms/select.tsx'
import { formatDuration } from '#ui/values/format.ts'
import { goneInWords, NothingOffered } from './not-offered.tsx'

const NONE: Hooks = { before: [], after: [] }
const TIMES_S = [60, 300, 900, 3_600, 4 * 3_600, 24 * 3_600]
const FAILURES: readonly Option<'stop' | 'continue'>[] = [
  { value: 'stop', label: 'If it fails: no backup' },
  { value: 'continue', label: 'If it fails: back up all the same' },
]

type Hook = Hooks['after'][number] & { readonly onFailure?: 'stop' | 'continue' }

export function HooksEditor({
  offers,
  hooks,
  onHooks,
  ofTemplate = false,
}: {
  offers: Offers | null
  hooks: Hooks | null
  onHooks: (hooks: Hooks | null) => void
  /** A template has no server: what any of them offers may be named. */
  ofTemplate?: boolean
}) {
  const { before, after } = hooks ?? NONE
  const change = (given: Partial<Hooks>) => {
    const next = { before, after, ...given }
    onHooks(next.before.length + next.after.length > 0 ? next : null)
  }
  const offered = offers?.hooks ?? []
  const gone = goneInWords(ofTemplate)
  if (offered.length === 0 && hooks === null)
    return (
      <NothingOffered
        what="a program for this"
        line="holdfast-agent hooks allow NAME -- PROGRAM"
        ofTemplate={ofTemplate}
      />
    )
  return (
    <div className="grid gap-x-10 gap-y-5 lg:grid-cols-2">
      <HookList
        title="Before the backup"
        hint="One after the other, before anything is read."
        offered={offered}
        gone={gone}
        hooks={before}
        onHooks={(all) => change({ before: all.map((hook) => ({ onFailure: 'stop', ...hook })) })}
      />
      <HookList
        title="After the backup"
        hint="Whatever it came to, and also when it was cut. They learn the outcome."
        offered={offered}
        gone={gone}
        hooks={after}
        onHooks={(all) =>
          change({ after: all.map(({ name, timeoutSeconds }) => ({ name, timeoutSeconds })) })
        }
      />
    </div>
  )
}

function HookList({
  title,
  hint,
  offered,
  gone,
  hooks,
  onHooks,
}: {
  title: string
  hint: string
  offered: readonly string[]
  /** Of what is chosen, and no longer offered. */
  gone: string
  hooks: readonly Hook[]
  onHooks: (hooks: Hook[]) => void
}) {
  const change = (index: number, given: Partial<Hook>) =>
    onHooks(hooks.map((hook, at) => (at === index ? { ...hook, ...given } : hook)))
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">{title}</legend>
      <p className="text-ink-muted text-small">{hint}</p>
      {hooks.map((hook, index) => (
        // The same one may run twice: only its place tells it apart.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={index} className="flex flex-col gap-2 rounded-md border border-line p-3">
          <div className="flex items-center justify-between gap-2">
            <span className="min-w-0 truncate font-mono text-small">{hook.name}</span>
            <IconButton
              label={`Take ${hook.name} away`}
              onClick={() => onHooks(hooks.filter((_, at) => at !== index))}
            >
              <X size={16} />
            </IconButton>
          </div>
          {!offered.includes(hook.name) && <p className="text-bad text-small">{gone}</p>}
          <div className="grid gap-2 sm:grid-cols-2">
            <Select
              label="At most"
              options={timesWith(hook.timeoutSeconds)}
              value={String(hook.timeoutSeconds)}
              onValue={(seconds) => change(index, { timeoutSeconds: Number(seconds) })}
            />
            {hook.onFailure && (
              <Select
                label="Otherwise"
                options={FAILURES}
                value={hook.onFailure}
                onValue={(onFailure) => change(index, { onFailure })}
              />
            )}
          </div>
        </div>
      ))}
      {hooks.length < LIMITS.hooksMax && offered.length > 0 && (
        <Select
          className="sm:max-w-72"
          label="Add"
          optional
          placeholder="Choose a program"
          options={offered.map((name) => ({ value: name, label: name }))}
          value={undefined}
          onValue={(name) => onHooks([...hooks, { name, timeoutSeconds: 300 }])}
        />
      )}
    </fieldset>
  )
}

function timesWith(seconds: number): Option[] {
  const all = TIMES_S.includes(seconds) ? TIMES_S : [...TIMES_S, seconds].sort((a, b) => a - b)
  return all.map((each) => ({ value: String(each), label: formatDuration(each * 1_000) }))
}
