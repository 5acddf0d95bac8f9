'use client'

/** The first page of a server: what it is, what is backed up, and how that went lately. */
import { type Capability, has, type PlanOptions } from '@holdfast/protocol'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { NextRun } from '#schedule/next-run.tsx'
import { optionsInWords } from '#schedule/options-words.ts'
import { retentionInWords } from '#schedule/retention-words.ts'
import { scheduleInWords } from '#schedule/words.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { Facts, Section } from '#ui/shell/section.tsx'
import { Status } from '#ui/status/status.tsx'
import { ForeignText, PathText } from '#ui/values/foreign.tsx'
import { type ServerFacts, useServer } from './server-data.ts'

export function ServerOverview({ serverId, children }: { serverId: string; children: ReactNode }) {
  const { data: server } = useServer(serverId)
  return (
    <>
      {children}
      {server && (
        <div className="grid grid-cols-1 gap-x-10 lg:grid-cols-2">
          <Plans server={server} />
          <Machine server={server} />
        </div>
      )}
    </>
  )
}

function Plans({ server }: { server: ServerFacts }) {
  const edit = `/servers/${server.id}/backup`
  if (server.plans.length === 0)
    return (
      <Section title="What is backed up">
        <EmptyState
          title="Nothing is chosen for backup yet"
          action={
            <Button look="primary" asChild>
              <Link href={edit}>Choose what to back up</Link>
            </Button>
          }
        >
          Choose folders on the server and a place for the snapshots.
        </EmptyState>
      </Section>
    )
  return (
    <Section
      title="What is backed up"
      action={
        <Link href={edit} className="rounded-sm text-accent hover:underline">
          Change
        </Link>
      }
    >
      {server.plans.map((plan) => (
        <div key={plan.id} className="flex flex-col gap-2 px-(--page-x) py-1.5">
          {server.plans.length > 1 && (
            <h3 className="font-medium">
              <ForeignText>{plan.name}</ForeignText>
            </h3>
          )}
          <ul className="rounded-md border border-line">
            {plan.sources.map((source) => (
              <li key={source} className="not-last:border-line not-last:border-b px-3 py-1.5">
                <PathText path={source} className="font-mono text-small" />
              </li>
            ))}
          </ul>
          <Destination server={server} repositoryId={plan.repositoryId} />
          <WhenItRuns server={server} plan={plan} />
          {plan.agentRevision !== plan.revision && (
            <p className="text-ink-muted text-small">
              The server has not taken up this version of the plan yet. If it is connected, its log says why.
            </p>
          )}
        </div>
      ))}
    </Section>
  )
}

function WhenItRuns({ server, plan }: { server: ServerFacts; plan: ServerFacts['plans'][number] }) {
  const { id, schedule, retention, options, pausedAt } = plan
  const canSchedule = isAble(server, 'schedule')
  const canRemove = isAble(server, 'retention')
  return (
    <div className="flex flex-col gap-0.5">
      <p>{pausedAt ? 'Paused: runs only when somebody starts it' : scheduleInWords(schedule)}</p>
      {schedule && canSchedule && !pausedAt && (
        <NextRun plan={{ id, schedule }} siteZone={server.site.timeZone} />
      )}
      <p className="text-ink-muted text-small">
        {[retentionInWords(retention), ...optionsInWords(options)].join('. ')}
      </p>
      {schedule && !canSchedule && (
        <Notice look="warning" title="This server’s agent does not keep schedules">
          It is older than they are. Update it, or start each backup by hand.
        </Notice>
      )}
      {(options.excludes || options.limits) && !isAble(server, 'excludes') && (
        <Notice look="warning" title="This server’s agent leaves nothing out">
          It is older than that. Until it is updated, it backs up more than the plan says.
        </Notice>
      )}
      {options.limits?.olderThanDays && isAble(server, 'excludes') && !isAble(server, 'excludes.age') && (
        <Notice look="warning" title="This server’s agent leaves no files out for their age">
          It is older than that. Until it is updated, it backs up more than the plan says.
        </Notice>
      )}
      {needsMore(server, options) && (
        <Notice look="warning" title="This server’s agent does not take this plan">
          It is older than backups of databases and commands. Until it is updated, the plan does not run.
        </Notice>
      )}
      {retention && !canRemove && (
        <Notice look="warning" title="This server’s agent removes no snapshots">
          It is older than that. Until it is updated, every snapshot stays.
        </Notice>
      )}
    </div>
  )
}

function needsMore(server: ServerFacts, { databases, commands, hooks }: PlanOptions): boolean {
  if (databases?.length && !isAble(server, 'databases')) return true
  return Boolean(commands?.length || hooks) && !isAble(server, 'commands')
}

/** As its agent said when it last connected. One that never did is believed to be new. */
function isAble({ machine }: ServerFacts, capability: Capability): boolean {
  return machine === null || has(machine.capabilities, capability)
}

function Destination({ server, repositoryId }: { server: ServerFacts; repositoryId: string }) {
  const repository = server.repositories.find((each) => each.id === repositoryId)
  if (!repository) return null
  return (
    <div className="flex min-w-0 items-center gap-2">
      <span className="text-ink-muted">to</span>
      <span className="shrink-0 font-medium">
        <ForeignText>{repository.name}</ForeignText>
      </span>
      {repository.location.startsWith('vault:') ? (
        <span className="min-w-0 flex-1 text-ink-muted text-small">In the vault</span>
      ) : (
        <PathText path={repository.location} className="min-w-0 flex-1 font-mono text-small" />
      )}
      <Status kind="repository" state={repository.state} />
    </div>
  )
}

function Machine({ server }: { server: ServerFacts }) {
  const { machine } = server
  if (!machine) return null
  return (
    <Section title="Machine">
      <div className="px-(--page-x) py-1.5">
        <Facts
          facts={[
            { name: 'Host name', value: <ForeignText>{machine.hostname}</ForeignText> },
            { name: 'System', value: <ForeignText>{machine.platform}</ForeignText> },
            { name: 'Agent', value: <ForeignText>{machine.agentVersion}</ForeignText> },
            { name: 'restic', value: <ForeignText>{machine.resticVersion || 'not found'}</ForeignText> },
            { name: 'Customer', value: server.customer.name },
            { name: 'Site', value: `${server.site.name}, ${server.site.timeZone.replaceAll('_', ' ')}` },
          ]}
        />
      </div>
    </Section>
  )
}
