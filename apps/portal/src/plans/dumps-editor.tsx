'use client'

/** Databases and commands that the server offers by name. What the names mean is known at the site alone. */
import type { Offers, PlanOptions } from '@holdfast/protocol'
import { Checkbox } from '#ui/forms/checkbox.tsx'

type Dumps = Pick<PlanOptions, 'databases' | 'commands'>

const KINDS: Readonly<Record<string, string>> = {
  postgresql: 'PostgreSQL',
  mysql: 'MySQL or MariaDB',
  sqlite: 'SQLite',
}

export function DumpsEditor({
  offers,
  options,
  onOptions,
}: {
  /** Null: the agent of this server knows no such thing. */
  offers: Offers | null
  options: PlanOptions
  onOptions: (options: PlanOptions) => void
}) {
  const { databases, commands, ...others } = options
  const change = (given: Dumps) => {
    const next = { databases, commands, ...given }
    onOptions({
      ...others,
      ...(next.databases?.length && { databases: next.databases }),
      ...(next.commands?.length && { commands: next.commands }),
    })
  }
  if (offers === null && !databases?.length && !commands?.length)
    return (
      <p className="text-ink-muted">
        They show here once the server is connected. An agent older than this does not back them up.
      </p>
    )
  return (
    <div className="grid gap-x-10 gap-y-5 sm:grid-cols-2">
      <Choices
        title="Databases"
        offered={(offers?.databases ?? []).map(({ name, kind }) => ({ name, hint: KINDS[kind] ?? kind }))}
        chosen={databases ?? []}
        onChosen={(chosen) => change({ databases: chosen })}
        none="The server offers none. To offer one, a person at the server types:"
        line="holdfast-agent databases add NAME --postgresql"
      />
      <Choices
        title="Output of commands"
        offered={(offers?.commands ?? []).map((name) => ({ name }))}
        chosen={commands ?? []}
        onChosen={(chosen) => change({ commands: chosen })}
        none="The server offers none. To offer one, a person at the server types:"
        line="holdfast-agent commands allow NAME -- PROGRAM"
      />
    </div>
  )
}

function Choices({
  title,
  offered,
  chosen,
  onChosen,
  none,
  line,
}: {
  title: string
  offered: readonly { name: string; hint?: string }[]
  chosen: readonly string[]
  onChosen: (chosen: string[]) => void
  none: string
  line: string
}) {
  const gone = chosen
    .filter((name) => offered.every((each) => each.name !== name))
    .map((name) => ({ name, hint: 'The server does not offer it any more: its backups fail.' }))
  const all = [...offered, ...gone]
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">{title}</legend>
      {all.map(({ name, hint }) => (
        <Checkbox
          key={name}
          label={name}
          {...(hint !== undefined && { hint })}
          checked={chosen.includes(name)}
          onChecked={(isChosen) =>
            onChosen(isChosen ? [...chosen, name] : chosen.filter((each) => each !== name))
          }
        />
      ))}
      {all.length === 0 && (
        <p className="text-ink-muted">
          {none} <code className="wrap-anywhere font-mono text-small">{line}</code>
        </p>
      )}
    </fieldset>
  )
}
