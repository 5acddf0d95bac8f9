'use client'

/** What of the chosen folders is not backed up, and beside the lines what they mean: by the rule that the server reads them by. */
import { excludeInWords, LIMITS, type PlanOptions, readExcludes } from '@holdfast/protocol'
import { ageInWords } from '#schedule/options-words.ts'
import { Checkbox } from '#ui/forms/checkbox.tsx'
import { type Option, Select } from '#ui/forms/select.tsx'
import { TextArea } from '#ui/forms/text-area.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatBytes, formatCount } from '#ui/values/format.ts'

const EXAMPLE = '*.tmp\nnode_modules/\n/var/cache'
const SIZES_MIB = [10, 100, 1_024, 4 * 1_024, 16 * 1_024, 100 * 1_024]
const AGES_DAYS = [30, 90, 180, 365, 2 * 365, 3 * 365, 5 * 365, 10 * 365]
const NO_LIMITS = { oneFileSystem: false, largerThanBytes: null, olderThanDays: null }

export function LeaveOutEditor({
  options,
  onOptions,
}: {
  options: PlanOptions
  onOptions: (options: PlanOptions) => void
}) {
  const { excludes, limits, ...others } = options
  const change = (given: Pick<PlanOptions, 'excludes' | 'limits'>) => {
    const next = { excludes, limits, ...given }
    const { oneFileSystem, largerThanBytes, olderThanDays = null } = next.limits ?? NO_LIMITS
    const isLimited = oneFileSystem || largerThanBytes !== null || olderThanDays !== null
    onOptions({
      ...others,
      ...(next.excludes?.length && { excludes: next.excludes }),
      // Left out where there is none: so a plan that has none stays what it was.
      ...(isLimited && {
        limits: { oneFileSystem, largerThanBytes, ...(olderThanDays !== null && { olderThanDays }) },
      }),
    })
  }
  const limit = limits ?? NO_LIMITS
  const problem = readExcludes(excludes ?? []).problems[0]
  return (
    <div className="grid gap-x-10 gap-y-5 lg:grid-cols-[minmax(0,1fr)_18rem]">
      <div className="flex flex-col gap-4">
        <TextArea
          label="Leave out"
          optional
          mono
          spellCheck={false}
          autoComplete="off"
          placeholder={EXAMPLE}
          maxLength={LIMITS.excludesMax * LIMITS.excludeCharsMax}
          hint="One rule a line, written as in a .gitignore file and seen from each chosen folder."
          error={problem && `Line ${formatCount(problem.line + 1)}: ${problem.message}`}
          value={(excludes ?? []).join('\n')}
          onChange={({ target }) => change({ excludes: target.value === '' ? [] : target.value.split('\n') })}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Select
            label="Large files"
            options={sizesWith(limit.largerThanBytes)}
            value={String(limit.largerThanBytes ?? 0)}
            onValue={(bytes) => change({ limits: { ...limit, largerThanBytes: Number(bytes) || null } })}
          />
          <Select
            label="Old files"
            hint="Counted from when what is in a file last changed. Too old, it is in no new snapshot, and gone with the last one that has it."
            options={agesWith(limit.olderThanDays ?? null)}
            value={String(limit.olderThanDays ?? 0)}
            onValue={(days) => change({ limits: { ...limit, olderThanDays: Number(days) || null } })}
          />
        </div>
        <Checkbox
          checked={limit.oneFileSystem}
          onChecked={(oneFileSystem) => change({ limits: { ...limit, oneFileSystem } })}
          label="Stay on one file system"
          hint="What is mounted below a chosen folder, such as another disk or a network share, is left out."
        />
      </div>
      <Meaning lines={excludes ?? []} isLimited={limits != null} />
    </div>
  )
}

/** A value that somebody set in another way is shown as it is. */
function sizesWith(bytes: number | null): Option[] {
  const sizes = SIZES_MIB.map((mebibytes) => mebibytes * 1_024 ** 2)
  const all = bytes === null || sizes.includes(bytes) ? sizes : [...sizes, bytes].sort((a, b) => a - b)
  return [
    { value: '0', label: 'Back up files of any size' },
    ...all.map((size) => ({ value: String(size), label: `Leave out files over ${formatBytes(size)}` })),
  ]
}

function agesWith(days: number | null): Option[] {
  const all = days === null || AGES_DAYS.includes(days) ? AGES_DAYS : [...AGES_DAYS, days]
  return [
    { value: '0', label: 'Back up files of any age' },
    ...all
      .toSorted((a, b) => a - b)
      .map((each) => ({ value: String(each), label: `Leave out after ${ageInWords(each)}` })),
  ]
}

function Meaning({ lines, isLimited }: { lines: readonly string[]; isLimited: boolean }) {
  const { rules } = readExcludes(lines)
  return (
    <section aria-label="What the rules mean" className="flex min-w-0 flex-col gap-1.5">
      <h3 className="font-medium">What that means</h3>
      {rules.length === 0 ? (
        <p className="text-ink-muted">
          {isLimited
            ? 'No rule leaves anything out, only the limits do.'
            : 'Nothing of the chosen folders is left out.'}
        </p>
      ) : (
        <ul className="max-h-72 overflow-y-auto rounded-md border border-line">
          {rules.map((rule) => (
            <li key={rule.line} className="wrap-anywhere not-last:border-line not-last:border-b px-3 py-1.5">
              <ForeignText>{excludeInWords(rule)}</ForeignText>
            </li>
          ))}
        </ul>
      )}
      {rules.length > 1 && (
        <p className="text-ink-muted text-small">Where several apply, the last one counts.</p>
      )}
    </section>
  )
}
