'use client'

/**
 * What to do at the server once it is registered here, and whether it has worked: the line at the end waits for the
 * agent, and shows what the portal says to it if it is refused.
 */
import type { ReactNode } from 'react'
import { CopyField } from '#ui/controls/copy-field.tsx'
import type { Problem } from '#ui/feedback/problem.ts'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Facts } from '#ui/shell/section.tsx'
import { Glyph } from '#ui/status/glyph.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { listenCommand } from './dial-address.ts'

export type Connection =
  | { state: 'waiting'; refusal: (Problem & { detail: string }) | undefined }
  /** Facts about the machine, in its own words. */
  | { state: 'connected'; facts: readonly { name: string; value: string }[] }

export function ConnectServer({
  serverName,
  joinToken,
  dialAddress,
  connection,
  help,
  actions,
}: {
  /** `customer/server`. */
  serverName: string
  /** Holds the management password: it is made and shown here, and kept nowhere. */
  joinToken: string
  /** Null: the server dials. */
  dialAddress: string | null
  connection: Connection
  /** For whoever cannot get through. */
  help?: ReactNode
  /** What comes next. */
  actions: ReactNode
}) {
  return (
    <div className="flex max-w-150 flex-col gap-5 px-(--page-x)">
      <ToCarry
        label="Join token"
        value={joinToken}
        hint="Shown only once, because the portal does not have it. It holds the management password: paste it at the server and nowhere else."
      />
      <ToCarry
        label="Join command"
        value="holdfast-agent join"
        hint="Type it at the server. It asks for the token."
      />
      {dialAddress !== null && (
        <ToCarry
          label="Listen command"
          value={listenCommand(dialAddress)}
          hint="Has the agent wait for the portal on this port. Where a router stands in between, it must forward the port that the portal dials to this one."
        />
      )}
      <ToCarry
        label="Run command"
        value="holdfast-agent run"
        hint={
          dialAddress === null
            ? 'Starts the agent, which connects by itself from then on.'
            : `Starts the agent. The portal dials ${dialAddress} until it answers there, and whenever the connection is lost.`
        }
      />
      {help}
      <ConnectionLine serverName={serverName} connection={connection} />
      <div className="flex flex-wrap gap-2">{actions}</div>
    </div>
  )
}

function ToCarry({ label, value, hint }: { label: string; value: string; hint: string }) {
  return (
    <div className="flex flex-col gap-1.5">
      <CopyField label={label} value={value} multiline />
      <p className="text-ink-muted text-small">{hint}</p>
    </div>
  )
}

function ConnectionLine({ serverName, connection }: { serverName: string; connection: Connection }) {
  return (
    <div role="status" className="flex flex-col gap-3 border-line border-t pt-4">
      {connection.state === 'waiting' ? (
        <>
          <p className="flex items-center gap-2">
            <Glyph shape="ring-turning" tone="busy" />
            <span>
              Waiting for <span className="font-mono">{serverName}</span> …
            </span>
          </p>
          {connection.refusal && (
            <ProblemNotice
              look="warning"
              problem={connection.refusal}
              detail={connection.refusal.detail || undefined}
            />
          )}
        </>
      ) : (
        <>
          <p className="flex items-center gap-2 font-semibold">
            <Glyph shape="disc-check" tone="good" />
            Connected
          </p>
          <Facts
            facts={connection.facts.map(({ name, value }) => ({
              name,
              value: <ForeignText>{value}</ForeignText>,
            }))}
          />
        </>
      )}
    </div>
  )
}
