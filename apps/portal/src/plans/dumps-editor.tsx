'use client'

/** Databases and commands that the server offers by name. What the names mean is known at the site alone. */
import type { Offers, PlanOptions } from '@holdfast/protocol'
import { Checkbox } from '#ui/forms/checkbox.tsx'
import { goneInWords, NothingOffered } from './not-offered.tsx'

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
  ofTemplate = false,
}: {
  /** Null: the agent of this server knows no such thing. */
  offers: Offers | null
  options: PlanOptions
  onOptions: (options: PlanOptions) => void
  /** A template has no server: what any of them offers may be named. */
  ofTemplate?: boolean
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
        what="a database"
        line="holdfast-agent databases add NAME --postgresql"
        ofTemplate={ofTemplate}
      />
      <Choices
        title="Output of commands"
        offered={(offers?.commands ?? []).map((name) => ({ name }))}
        chosen={commands ?? []}
        onChosen={(chosen) => change({ commands: chosen })}
        what="a command"
        line="holdfast-agent commands allow NAME -- PROGRAM"
        ofTemplate={ofTemplate}
      />
    </div>
  )
}

function Choices({
  title,
  offered,
  chosen,
  onChosen,
  ...offer
}: {
  title: string
  offered: readonly { name: string; hint?: string }[]
  chosen: readonly string[]
  onChosen: (chosen: string[]) => void
  what: string
  line: string
  ofTemplate: boolean
}) {
  const gone = chosen
    .filter((name) => offered.every((each) => each.name !== name))
    .map((name) => ({ name, hint: goneInWords(offer.ofTemplate) }))
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
      {all.length === 0 && <NothingOffered {...offer} />}
    </fieldset>
  )
}
