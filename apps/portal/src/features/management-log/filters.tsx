'use client'

import { REFUSALS } from '@holdfast/protocol'
import { useMemo, useState } from 'react'
import { LOG_EVENTS, logTitle } from '#log/events.ts'
import { Button } from '#ui/controls/button.tsx'
import { Combobox } from '#ui/forms/combobox.tsx'
import { SearchField } from '#ui/forms/search-field.tsx'
import { Select } from '#ui/forms/select.tsx'
import { isFiltered, type LogFilter, noFilter } from './filter-url.ts'
import { kindWords } from './looks.ts'
import { LOG_KINDS, type LogWithin } from './schema.ts'
import { TimeRangeDialog } from './time-range-dialog.tsx'

export type LogCustomer = {
  readonly id: string
  readonly name: string
  readonly sites: readonly { readonly servers: readonly { readonly id: string; readonly name: string }[] }[]
}

const all = 'all'
/** Of more, a customer is chosen first. */
const SERVERS_LISTED_MAX = 1_000

const kinds = [
  { value: all, label: 'All kinds' },
  ...LOG_KINDS.map((kind) => ({ value: kind, label: kindWords[kind] })),
] as const

const codes = [
  { value: all, label: 'Whatever happened' },
  ...[...Object.keys(LOG_EVENTS), ...Object.keys(REFUSALS)]
    .map((code) => ({ value: code, label: logTitle(code), hint: code }))
    .sort((a, b) => a.label.localeCompare(b.label, 'en')),
]

const withinWords: Record<LogWithin, string> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
}
const chosen = 'chosen'

/** Narrows the log by words, kind, event, time and, where there is a choice, by customer and server. */
export function LogFilters({
  filter,
  onFilter,
  typed,
  onTyped,
  customers,
}: {
  filter: LogFilter
  onFilter: (filter: LogFilter) => void
  /** The words as they are being typed: the filter follows after a moment. */
  typed: string
  onTyped: (text: string) => void
  customers: readonly LogCustomer[] | undefined
}) {
  const [isChoosingTime, setChoosingTime] = useState(false)
  const customerOptions = useMemo(
    () => [allOf('All customers'), ...(customers ?? []).map(toOption)],
    [customers],
  )
  const serverOptions = useMemo(
    () => [allOf('All servers'), ...serversOf(customers ?? [], filter.customerId)],
    [customers, filter.customerId],
  )
  const times = [
    { value: all, label: 'Any time' },
    ...Object.entries(withinWords).map(([value, label]) => ({ value, label })),
    { value: chosen, label: filter.from || filter.to ? 'Chosen time' : 'Choose a time' },
  ]
  const chooseTime = (value: string) => {
    if (value === chosen) return setChoosingTime(true)
    const within = value === all ? undefined : (value as LogWithin)
    onFilter({ ...filter, within, from: undefined, to: undefined })
  }
  return (
    <div className="flex flex-wrap items-end gap-2 px-(--page-x) pb-3 [&_label]:sr-only">
      <SearchField label="Search the log" value={typed} onValue={onTyped} className="w-64 max-sm:w-full" />
      <Select
        label="Time"
        options={times}
        value={filter.from || filter.to ? chosen : (filter.within ?? all)}
        onValue={chooseTime}
        className="w-38 max-sm:flex-1"
      />
      <Select
        label="Kind"
        options={kinds}
        value={filter.kind ?? all}
        onValue={(kind) => onFilter({ ...filter, kind: kind === all ? undefined : kind })}
        className="w-32 max-sm:flex-1"
      />
      <Combobox
        label="What happened"
        options={codes}
        value={filter.code ?? all}
        onValue={(code) => onFilter({ ...filter, code: code === all ? undefined : code })}
        searchLabel="Search for an event"
        className="w-48 max-sm:w-full"
      />
      {customers && customers.length > 1 && (
        <Combobox
          label="Customer"
          options={customerOptions}
          value={filter.customerId ?? all}
          onValue={(id) =>
            onFilter({ ...filter, customerId: id === all ? undefined : id, serverId: undefined })
          }
          searchLabel="Search for a customer"
          className="w-44 max-sm:flex-1"
        />
      )}
      {customers && serverOptions.length <= SERVERS_LISTED_MAX && (
        <Combobox
          label="Server"
          options={serverOptions}
          value={filter.serverId ?? all}
          onValue={(id) => onFilter({ ...filter, serverId: id === all ? undefined : id })}
          searchLabel="Search for a server"
          className="w-44 max-sm:flex-1"
        />
      )}
      {isFiltered(filter) && (
        <Button look="quiet" onClick={() => onFilter(noFilter)}>
          Clear
        </Button>
      )}
      {isChoosingTime && (
        <TimeRangeDialog
          from={filter.from}
          to={filter.to}
          onOpen={setChoosingTime}
          onChoose={(range) => onFilter({ ...filter, ...range, within: undefined })}
        />
      )}
    </div>
  )
}

const allOf = (label: string) => ({ value: all, label })
const toOption = ({ id, name }: { readonly id: string; readonly name: string }) => ({
  value: id,
  label: name,
})

/** Names are only told apart by their customers where there are several. */
function serversOf(customers: readonly LogCustomer[], customerId: string | undefined) {
  return customers
    .filter(({ id }) => customerId === undefined || id === customerId)
    .flatMap((customer) =>
      customer.sites.flatMap(({ servers }) =>
        servers.map((server) => ({ ...toOption(server), hint: customer.name })),
      ),
    )
}
