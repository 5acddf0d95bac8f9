'use client'

import { ForeignText } from '#ui/values/foreign.tsx'

/** Above the form in which a copy gets a name and a password of its own. */
export function SplitExplained({ hostname, fullName }: { hostname: string; fullName: string }) {
  return (
    <p className="max-w-150 text-ink-muted">
      <ForeignText className="font-medium text-ink">{hostname}</ForeignText> becomes a server of its own, with
      its own name and password, and gives up the name <span className="font-mono">{fullName}</span>. Its
      repositories and their keys stay on it; choose what it backs up anew.
    </p>
  )
}
