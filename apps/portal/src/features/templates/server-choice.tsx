'use client'

/** Which servers a template goes to: by customer, by site, or one by one. Customers unfold, so that thousands fit. */
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import type { Outputs } from '#trpc/root.ts'
import { classNames } from '#ui/class-names.ts'
import { IconButton } from '#ui/controls/icon-button.tsx'
import { CheckboxRow, type Checked } from '#ui/forms/checkbox.tsx'
import { SearchField } from '#ui/forms/search-field.tsx'
import { formatCounted } from '#ui/values/format.ts'

type Customer = Outputs['tree']['all'][number]
type Choice = {
  readonly chosen: ReadonlySet<string>
  readonly onChosen: (chosen: ReadonlySet<string>) => void
}

/** More than a person reads: the filter finds the others. */
const SHOWN_MAX = 200

export function ServerChoice({ customers, ...choice }: { customers: readonly Customer[] } & Choice) {
  const [filter, setFilter] = useState('')
  const found = customers.flatMap((customer) => matching(customer, filter.trim().toLowerCase()))
  return (
    <div className="flex flex-col gap-3">
      <SearchField label="Find servers" value={filter} onValue={setFilter} className="max-w-100" />
      <ul aria-label="Servers" className="rounded-md border border-line">
        {found.slice(0, SHOWN_MAX).map((customer) => (
          <CustomerChoice
            key={customer.id}
            customer={customer}
            isOpen={filter.trim() !== '' || customers.length === 1}
            {...choice}
          />
        ))}
        {found.length === 0 && <li className="px-3 py-2 text-ink-muted">No server is called like this.</li>}
        {found.length > SHOWN_MAX && (
          <li className="px-3 py-2 text-ink-muted">
            And {formatCounted(found.length - SHOWN_MAX, 'more customer')}: find them above.
          </li>
        )}
      </ul>
    </div>
  )
}

/** Nothing of a customer without a hit; all of one that is itself called so. */
function matching(customer: Customer, filter: string): Customer[] {
  const has = (name: string) => name.toLowerCase().includes(filter)
  if (has(customer.name)) return customer.sites.some(({ servers }) => servers.length > 0) ? [customer] : []
  const sites = customer.sites
    .map((site) =>
      has(site.name) ? site : { ...site, servers: site.servers.filter(({ name }) => has(name)) },
    )
    .filter(({ servers }) => servers.length > 0)
  return sites.length > 0 ? [{ ...customer, sites }] : []
}

function CustomerChoice({
  customer: { name, sites },
  isOpen,
  ...choice
}: { customer: Customer; isOpen: boolean } & Choice) {
  const [unfolded, setUnfolded] = useState(false)
  const servers = sites.flatMap((site) => site.servers)
  const count = servers.filter(({ id }) => choice.chosen.has(id)).length
  const open = isOpen || unfolded
  return (
    <li className="not-last:border-line not-last:border-b">
      <div className="flex items-center">
        <IconButton
          label={open ? `Fold ${name}` : `Unfold ${name}`}
          aria-expanded={open}
          onClick={() => setUnfolded(!open)}
        >
          <ChevronRight size={16} className={classNames('transition-transform', open && 'rotate-90')} />
        </IconButton>
        <Row label={name} servers={servers} {...choice}>
          {count > 0
            ? `${count} of ${formatCounted(servers.length, 'server')}`
            : formatCounted(servers.length, 'server')}
        </Row>
      </div>
      {open && (
        <ul className="pb-1 pl-8">
          {sites
            .filter((site) => site.servers.length > 0)
            .map((site) => (
              <li key={site.id}>
                <Row label={site.name} servers={site.servers} {...choice}>
                  Site
                </Row>
                <ul className="pl-6">
                  {site.servers.map((server) => (
                    <li key={server.id}>
                      <Row label={server.name} servers={[server]} {...choice} />
                    </li>
                  ))}
                </ul>
              </li>
            ))}
        </ul>
      )}
    </li>
  )
}

function Row({
  label,
  servers,
  chosen,
  onChosen,
  children,
}: {
  label: string
  servers: readonly { readonly id: string }[]
  children?: string
} & Choice) {
  const toggle = (isChosen: boolean) => {
    const next = new Set(chosen)
    for (const { id } of servers) isChosen ? next.add(id) : next.delete(id)
    onChosen(next)
  }
  return (
    <CheckboxRow
      name={label}
      checked={checkedOf(servers, chosen)}
      onChecked={toggle}
      className="min-h-9 min-w-0 flex-1 items-center px-2"
    >
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {children && <span className="shrink-0 text-ink-muted text-small">{children}</span>}
    </CheckboxRow>
  )
}

function checkedOf(servers: readonly { readonly id: string }[], chosen: ReadonlySet<string>): Checked {
  const count = servers.filter(({ id }) => chosen.has(id)).length
  return count === 0 ? false : count === servers.length ? true : 'mixed'
}
