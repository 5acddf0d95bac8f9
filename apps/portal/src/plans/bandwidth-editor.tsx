'use client'

/** How fast a backup may send, by hours of the day: windows of the editor, kept as one limit for each hour. */
import type { Bandwidth } from '@holdfast/protocol'
import { useState } from 'react'
import { bandwidthInWords } from '#schedule/options-words.ts'
import { Button } from '#ui/controls/button.tsx'
import { type Option, Select } from '#ui/forms/select.tsx'
import { TextField } from '#ui/forms/text-field.tsx'

type Limit = { readonly from: number; readonly to: number; readonly kib: number }

const OFFICE_HOURS: Limit = { from: 8, to: 18, kib: 1_024 }
const LIMITS_MAX = 12
const KIB_MAX = 10_000_000

const hourOptions = (first: number): Option[] =>
  Array.from({ length: 24 }, (_, index) => index + first).map((hour) => ({
    value: String(hour),
    label: `${String(hour).padStart(2, '0')}:00`,
  }))

export function BandwidthEditor({
  bandwidth,
  onBandwidth,
}: {
  bandwidth: Bandwidth | null
  onBandwidth: (bandwidth: Bandwidth | null) => void
}) {
  const [limits, setLimits] = useState<readonly Limit[]>(() => limitsOf(bandwidth))
  const change = (next: readonly Limit[]) => {
    setLimits(next)
    onBandwidth(next.length === 0 ? null : { byHour: byHour(next) })
  }
  const set = (index: number, given: Partial<Limit>) =>
    change(limits.map((limit, at) => (at === index ? { ...limit, ...given } : limit)))
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">Speed limits</legend>
      <p className="text-ink-muted text-small">
        On the clock of the site. The limit of the hour in which a backup begins holds to its end.
      </p>
      {limits.map((limit, index) => (
        // Limits have nothing but their place to tell them apart.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={index} className="flex flex-wrap items-end gap-3 rounded-md border border-line p-3">
          <Select
            className="w-28"
            label="From"
            options={hourOptions(0)}
            value={String(limit.from)}
            onValue={(from) => set(index, { from: Number(from) })}
          />
          <Select
            className="w-28"
            label="To"
            options={hourOptions(1)}
            value={String(limit.to)}
            onValue={(to) => set(index, { to: Number(to) })}
          />
          <TextField
            className="w-36"
            label="KiB a second"
            type="number"
            min={1}
            max={KIB_MAX}
            value={limit.kib}
            onChange={({ target }) => set(index, { kib: kibIn(target.value) })}
          />
          <Button onClick={() => change(limits.filter((_, at) => at !== index))}>Remove</Button>
        </div>
      ))}
      {bandwidth && (
        <p role="status" className="text-ink-muted">
          {bandwidthInWords(bandwidth.byHour)}
        </p>
      )}
      {limits.length < LIMITS_MAX && (
        <div>
          <Button size="small" onClick={() => change([...limits, OFFICE_HOURS])}>
            Add speed limit
          </Button>
        </div>
      )}
    </fieldset>
  )
}

/** Where several hold, the lowest does. A window whose end is not after its beginning goes on over midnight. */
function byHour(limits: readonly Limit[]): Bandwidth['byHour'] {
  return Array.from({ length: 24 }, (_, hour) => {
    const holding = limits.filter(({ from, to }) =>
      from < to ? hour >= from && hour < to : hour >= from || hour < to,
    )
    return holding.length === 0 ? null : Math.min(...holding.map(({ kib }) => kib))
  })
}

function limitsOf(bandwidth: Bandwidth | null): Limit[] {
  const hours = bandwidth?.byHour ?? []
  return hours.flatMap((kib, from) => {
    if (kib === null || hours[from - 1] === kib) return []
    const after = hours.findIndex((each, hour) => hour > from && each !== kib)
    return [{ from, to: after === -1 ? 24 : after, kib }]
  })
}

function kibIn(text: string): number {
  const kib = Math.trunc(Number(text))
  return Number.isFinite(kib) ? Math.min(KIB_MAX, Math.max(1, kib)) : 1
}
