'use client'

import { useMemo } from 'react'
import { Combobox } from '#ui/forms/combobox.tsx'
import { SearchField } from '#ui/forms/search-field.tsx'
import { Select } from '#ui/forms/select.tsx'
import { kindWords } from './looks.ts'
import type { LogItem } from './service.ts'

export type LogFilter = {
  text: string
  kind: LogItem['kind'] | undefined
  customerId: string | undefined
}

export const noFilter: LogFilter = { text: '', kind: undefined, customerId: undefined }

const all = 'all'

const kinds = [
  { value: all, label: 'All kinds' },
  ...(['attempt', 'link', 'command', 'change'] as const).map((kind) => ({
    value: kind,
    label: kindWords[kind],
  })),
] as const

/** Narrows the log by words, by kind and, where there is a choice, by customer. */
export function LogFilters({
  filter,
  onFilter,
  customers,
}: {
  filter: LogFilter
  onFilter: (filter: LogFilter) => void
  customers: readonly { id: string; name: string }[] | undefined
}) {
  const customerOptions = useMemo(
    () => [
      { value: all, label: 'All customers' },
      ...(customers ?? []).map((customer) => ({ value: customer.id, label: customer.name })),
    ],
    [customers],
  )
  return (
    <div className="flex flex-wrap items-end gap-2 px-(--page-x) pb-3 [&_label]:sr-only">
      <SearchField
        label="Search the log"
        value={filter.text}
        onValue={(text) => onFilter({ ...filter, text })}
        className="w-72 max-sm:w-full"
      />
      <Select
        label="Kind"
        options={kinds}
        value={filter.kind ?? all}
        onValue={(kind) => onFilter({ ...filter, kind: kind === all ? undefined : kind })}
        className="w-36 max-sm:flex-1"
      />
      {customers && (
        <Combobox
          label="Customer"
          options={customerOptions}
          value={filter.customerId ?? all}
          onValue={(id) => onFilter({ ...filter, customerId: id === all ? undefined : id })}
          searchLabel="Search for a customer"
          className="w-52 max-sm:flex-1"
        />
      )}
    </div>
  )
}
