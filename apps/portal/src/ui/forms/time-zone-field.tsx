'use client'

import { useMemo } from 'react'
import { Combobox } from './combobox.tsx'
import type { FieldProps } from './field.tsx'
import { timeZoneOptions } from './time-zones.ts'

/** A time zone, found by typing the city. `value` is an IANA name. */
export function TimeZoneField({
  value,
  onValue,
  ...field
}: FieldProps & { value: string; onValue: (zone: string) => void }) {
  const options = useMemo(() => timeZoneOptions(Date.now()), [])
  return (
    <Combobox
      {...field}
      options={options}
      value={value}
      onValue={onValue}
      searchLabel="Search for a city or region"
    />
  )
}
