'use client'

/** Where the snapshots of each server go. */
import type { Outputs } from '#trpc/root.ts'
import { Checkbox } from '#ui/forms/checkbox.tsx'
import { RadioChoice } from '#ui/forms/radio-choice.tsx'
import type { TemplateTarget } from './schema.ts'

const FIRST = 'first'

export function TargetChoice({
  vaults,
  target,
  onTarget,
}: {
  vaults: readonly Outputs['templates']['vaults'][number][]
  target: TemplateTarget
  onTarget: (target: TemplateTarget) => void
}) {
  const make = target.kind === 'vault' ? target.make : true
  return (
    <div className="flex max-w-160 flex-col gap-3">
      <RadioChoice
        label="Snapshots go to"
        options={[
          ...vaults.map(({ id, name }) => ({
            value: id,
            label: `The vault “${name}”`,
            hint: 'Encrypted on the server before it leaves. What is deleted there can be brought back for days.',
          })),
          {
            value: FIRST,
            label: 'The repository that the server has',
            hint: 'Its oldest one that is ready. Servers without one are skipped.',
          },
        ]}
        value={target.kind === 'vault' ? target.vaultId : FIRST}
        onValue={(chosen) =>
          onTarget(chosen === FIRST ? { kind: 'first' } : { kind: 'vault', vaultId: chosen, make })
        }
      />
      {target.kind === 'vault' && (
        <Checkbox
          checked={target.make}
          onChecked={(make) => onTarget({ ...target, make })}
          label="Make a repository there for servers that have none"
        />
      )}
    </div>
  )
}
