/** What plans and templates say of programs and databases that no server offers by name, or none any more. */

/** Nothing to choose from yet: how that is changed, by whom. `what`: "a database". `line`: what is typed at the server. */
export function NothingOffered({
  what,
  line,
  ofTemplate,
}: {
  what: string
  line: string
  /** A template has no server: what any of them offers may be named. */
  ofTemplate: boolean
}) {
  const who = ofTemplate
    ? ['No server of yours offers', 'a server']
    : ['The server does not offer', 'the server']
  return (
    <p className="text-ink-muted">
      {who[0]} {what} yet. To offer one, a person at {who[1]} types:{' '}
      <code className="wrap-anywhere font-mono text-small">{line}</code>
    </p>
  )
}

/** Of what is chosen, and no longer offered. */
export function goneInWords(ofTemplate: boolean): string {
  return ofTemplate
    ? 'No server of yours offers it any more: all of them would be skipped.'
    : 'The server does not offer it any more: its backups fail.'
}
