'use client'

/** The two ends joined: the code that the doctor at a server printed, and what arrived here from that run. */
import { doctorCode } from '@holdfast/protocol'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { Facts } from '#ui/shell/section.tsx'
import { Glyph } from '#ui/status/glyph.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { showForeignText } from '#ui/values/foreign-text.ts'
import { Time } from '#ui/values/time.tsx'
import { KnocksTable } from './knocks-table.tsx'
import { Marked } from './marked.tsx'
import { readVisit } from './read-visit.ts'
import { type Knock, lookOfKnock, stepWords, troubleWords, type Visit } from './words.ts'

const REFETCH_MS = 2_000

export function VisitOfDoctor() {
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<string>()
  const [code, setCode] = useState<string>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const read = doctorCode.safeParse(typed)
    setError(read.success ? undefined : read.error.issues[0]?.message)
    setCode(read.data)
  }
  return (
    <div className="flex flex-col gap-4">
      <form onSubmit={submit} noValidate className="flex max-w-130 flex-wrap items-start gap-2 px-(--page-x)">
        <TextField
          label="Code of the doctor at a server"
          hint="holdfast-agent doctor prints it. Capitals and dashes do not matter."
          error={error}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          placeholder="7K3M-Q0ZT"
          autoComplete="off"
          spellCheck={false}
          mono
          className="min-w-60 flex-1"
        />
        <Button type="submit" className="sm:mt-6.5">
          Show what arrived
        </Button>
      </form>
      {code !== undefined && <Arrived code={code} />}
    </div>
  )
}

function Arrived({ code }: { code: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.doctor.visit.queryOptions({ code }, { refetchInterval: REFETCH_MS }))
  const problem = problemOf(query.error)
  if (!query.data) return problem && <ProblemNotice problem={problem} className="mx-(--page-x) max-w-180" />
  return (
    <section aria-label="What arrived" aria-live="polite" className="flex flex-col gap-4">
      <Reading visit={query.data} />
      {query.data.knocks.length > 0 && <Connections knocks={query.data.knocks} />}
      <div>
        <h3 className="px-(--page-x) pb-1 font-medium">
          {query.data.knocks.length > 0
            ? 'All connections from the same neighbourhood'
            : 'Connections that ended before they could say a code'}
        </h3>
        <KnocksTable
          label="Connections around it"
          rows={query.data.around}
          empty="None in the last 15 minutes."
        />
      </div>
    </section>
  )
}

function Reading({ visit }: { visit: Visit }) {
  const { look, title, meaning, todo, intercepted } = readVisit(visit)
  const words = (
    <>
      <p>{meaning}</p>
      {intercepted && (
        <div className="my-1 text-ink">
          <Facts
            facts={[
              { name: 'Issuer', value: <ForeignText>{intercepted.issuer}</ForeignText> },
              { name: 'Subject', value: <ForeignText>{intercepted.subject}</ForeignText> },
              {
                name: 'SHA-256',
                value: <span className="break-all font-mono text-small">{intercepted.sha256}</span>,
              },
            ]}
          />
        </div>
      )}
      <p className="text-ink">{todo}</p>
    </>
  )
  return look === 'good' ? (
    <div className="flex max-w-180 items-start gap-2.5 px-(--page-x)">
      <span className="flex h-5 items-center">
        <Glyph shape="disc-check" tone="good" />
      </span>
      <div>
        <p className="font-medium">{showForeignText(title)}</p>
        {words}
      </div>
    </div>
  ) : (
    <Notice look={look} title={showForeignText(title)} className="mx-(--page-x) max-w-180">
      {words}
    </Notice>
  )
}

/** Each connection of the run by itself. */
function Connections({ knocks }: { knocks: readonly Knock[] }) {
  return (
    <ul aria-label="Connections of this run" className="flex flex-col border-line border-t">
      {knocks.map((knock) => (
        <li
          key={`${knock.at.toISOString()} ${knock.address} ${knock.step} ${knock.host}`}
          className="flex flex-wrap items-baseline gap-x-3 border-line border-b px-(--page-x) py-2"
        >
          <Marked look={lookOfKnock(knock)} title={stepWords[knock.step].meaning}>
            {stepWords[knock.step].word}
          </Marked>
          <span className="font-mono text-small">{knock.address}</span>
          {knock.host !== '' && (
            <span className="text-ink-muted">
              dialled <ForeignText className="font-mono text-small">{knock.host}</ForeignText>
            </span>
          )}
          {knock.name !== '' && <ForeignText className="font-mono text-small">{knock.name}</ForeignText>}
          {knock.trouble !== null && <span>{troubleWords(knock.trouble).title}</span>}
          <span className="ml-auto text-ink-muted">
            <Time at={knock.at} />
          </span>
        </li>
      ))}
    </ul>
  )
}
