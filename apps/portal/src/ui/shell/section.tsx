import type { ReactNode } from 'react'

/** A part of a page under its own small heading. Content that reaches from edge to edge, like a table, may. */
export function Section({
  title,
  action,
  children,
}: {
  title: string
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="pt-4">
      <div className="flex min-h-8 items-center justify-between gap-4 px-(--page-x)">
        <h2 className="font-semibold">{title}</h2>
        {action}
      </div>
      {children}
    </section>
  )
}

export type Fact = { name: string; value: ReactNode }

/** Names and values under each other: what a details pane is mostly made of. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-x-3">
      {facts.map((fact) => (
        <div
          key={fact.name}
          className="col-span-2 grid grid-cols-subgrid items-baseline border-line py-1.5 not-last:border-b"
        >
          <dt className="text-ink-muted">{fact.name}</dt>
          <dd className="min-w-0">{fact.value}</dd>
        </div>
      ))}
    </dl>
  )
}
