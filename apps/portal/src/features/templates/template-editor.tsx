'use client'

/** Writes a template: with the parts that a plan is written with, but for no server in particular. */
import { type PlanOptions, WEEKLY_DRILL } from '@holdfast/protocol'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { BandwidthEditor } from '#plans/bandwidth-editor.tsx'
import { DrillChoice } from '#plans/drill-choice.tsx'
import { grantableOptions } from '#plans/drillable.ts'
import { DumpsEditor } from '#plans/dumps-editor.tsx'
import { HooksEditor } from '#plans/hooks-editor.tsx'
import { LeaveOutEditor } from '#plans/leave-out-editor.tsx'
import { RetentionEditor } from '#plans/retention-editor.tsx'
import { EVERY_NIGHT, ScheduleEditor } from '#plans/schedule-editor.tsx'
import { VerificationEditor } from '#plans/verification-editor.tsx'
import { withOption } from '#plans/with-option.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Select } from '#ui/forms/select.tsx'
import { TextArea } from '#ui/forms/text-area.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { Section } from '#ui/shell/section.tsx'
import { saveInput, type TemplateTarget } from './schema.ts'
import { TargetChoice } from './target-choice.tsx'

type Template = Outputs['templates']['get']
type Customer = { readonly id: string; readonly name: string }
type Vault = Outputs['templates']['vaults'][number]

const EVERYBODY = 'all'

export function TemplateEditor({ templateId }: { templateId: string | null }) {
  const trpc = useTRPC()
  const template = useQuery(
    trpc.templates.get.queryOptions({ templateId: templateId ?? '' }, { enabled: templateId !== null }),
  )
  const vaults = useQuery(trpc.templates.vaults.queryOptions())
  const tree = useQuery(trpc.tree.all.queryOptions())
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const problem = problemOf(template.error) ?? problemOf(vaults.error) ?? problemOf(tree.error)
  if (problem) return <ErrorState problem={problem} />
  if ((templateId !== null && !template.data) || !vaults.data || !tree.data || !me) return null
  return (
    <Editor
      key={template.data?.id ?? 'new'}
      template={template.data}
      vaults={vaults.data}
      customers={me.customer === null ? tree.data : null}
    />
  )
}

function Editor({
  template,
  vaults,
  customers,
}: {
  template: Template | undefined
  vaults: readonly Vault[]
  /** Null for a customer's own person: there is nobody to choose. */
  customers: readonly Customer[] | null
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const pages = useRouter()
  const { data: offers = null } = useQuery(trpc.templates.offered.queryOptions())
  const [customerId, setCustomerId] = useState(template?.customerId ?? null)
  const [name, setName] = useState(template?.name ?? '')
  const [folders, setFolders] = useState(template?.sources.join('\n') ?? '')
  const [schedule, setSchedule] = useState(template ? template.schedule : EVERY_NIGHT)
  const [retention, setRetention] = useState(template?.retention ?? null)
  const [options, setOptions] = useState<PlanOptions>(template?.options ?? { drill: WEEKLY_DRILL })
  const [target, setTarget] = useState<TemplateTarget>(template?.target ?? firstTarget(vaults))
  const save = useMutation(
    trpc.templates.save.mutationOptions({
      onSuccess: async ({ templateId }) => {
        await queries.invalidateQueries(trpc.templates.pathFilter())
        pages.push(`/templates/${templateId}/assign`)
      },
    }),
  )
  const sources = folders
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const existing = template ? { templateId: template.id, revision: template.revision } : null
  const granted = grantableOptions({ sources, options })
  const wanted = { existing, customerId, name, sources, schedule, retention, options: granted, target }
  const issues = saveInput.safeParse(wanted).error?.issues ?? []
  const errors = Object.fromEntries(issues.toReversed().map(({ path, message }) => [path.join('.'), message]))
  const problem = problemOf(save.error)
  return (
    <form
      className="max-w-220"
      onSubmit={(event) => {
        event.preventDefault()
        if (issues.length === 0 && !save.isPending) save.mutate(wanted)
      }}
    >
      <Part title={template ? 'Template' : 'New template'}>
        <div className="grid max-w-160 gap-4 sm:grid-cols-2">
          <TextField
            label="Name"
            hint="Its plans are called like this."
            autoComplete="off"
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          {customers && (
            <Select
              label="For"
              disabled={template !== undefined}
              options={[
                { value: EVERYBODY, label: 'All customers' },
                ...customers.map(({ id, name }) => ({ value: id, label: `${name} only` })),
              ]}
              value={customerId ?? EVERYBODY}
              onValue={(chosen) => setCustomerId(chosen === EVERYBODY ? null : chosen)}
            />
          )}
        </div>
      </Part>
      <Part title="What to back up">
        <TextArea
          className="max-w-160"
          label="Folders"
          optional
          mono
          rows={4}
          spellCheck={false}
          autoComplete="off"
          placeholder={'/srv/documents\n/etc'}
          hint="One a line, with its whole path on the server."
          value={folders}
          onChange={({ target }) => setFolders(target.value)}
        />
      </Part>
      <Part title="Databases and commands">
        <DumpsEditor ofTemplate offers={offers} options={options} onOptions={setOptions} />
      </Part>
      <Part title="What to leave out">
        <LeaveOutEditor options={options} onOptions={setOptions} />
      </Part>
      <Part title="Where to">
        <TargetChoice vaults={vaults} target={target} onTarget={setTarget} />
      </Part>
      <Part title="When">
        <ScheduleEditor
          planId={null}
          schedule={schedule}
          onSchedule={setSchedule}
          siteZone={null}
          errors={fieldsOf('schedule.', errors)}
        />
      </Part>
      <Part title="How long">
        <RetentionEditor retention={retention} onRetention={setRetention} />
      </Part>
      <Part title="Before and after">
        <HooksEditor
          ofTemplate
          offers={offers}
          hooks={options.hooks ?? null}
          onHooks={(hooks) => setOptions(withOption(options, 'hooks', hooks))}
        />
      </Part>
      <Part title="Speed">
        <BandwidthEditor
          bandwidth={options.bandwidth ?? null}
          onBandwidth={(bandwidth) => setOptions(withOption(options, 'bandwidth', bandwidth))}
        />
      </Part>
      <Part title="Verification">
        <VerificationEditor
          verification={options.verification ?? null}
          onVerification={(wanted) => setOptions(withOption(options, 'verification', wanted))}
        />
      </Part>
      <Part title="Proof">
        <DrillChoice sources={sources} options={options} onOptions={setOptions} />
      </Part>
      <div className="flex flex-col gap-3 px-(--page-x) pt-4 pb-6">
        {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button look="primary" type="submit" disabled={issues.length > 0} pending={save.isPending}>
            Save and choose servers
          </Button>
          {issues[0] && <p className="text-ink-muted">{issues[0].message}</p>}
        </div>
      </div>
    </form>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Section title={title}>
      <div className="px-(--page-x) pt-2 pb-4">{children}</div>
    </Section>
  )
}

function firstTarget([vault]: readonly Vault[]): TemplateTarget {
  return vault ? { kind: 'vault', vaultId: vault.id, make: true } : { kind: 'first' }
}

function fieldsOf(prefix: string, errors: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(errors).flatMap(([path, message]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), message]] : [],
    ),
  )
}
