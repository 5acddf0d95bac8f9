import { Progress } from 'radix-ui'
import type { ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { PathText } from '../values/foreign.tsx'
import { formatBytes, formatCount, formatPercent, formatRate, formatTimeLeft } from '../values/format.ts'

/** The bar alone. `share` from 0 to 1, or null while nobody knows how much there is. */
export function ProgressBar({
  label,
  share,
  className,
}: {
  label: string
  share: number | null
  className?: string
}) {
  const percent = share === null ? null : Math.min(1, Math.max(0, share)) * 100
  return (
    <Progress.Root
      aria-label={label}
      value={percent}
      getValueLabel={() => formatPercent(share ?? 0)}
      className={classNames('block h-1 overflow-hidden rounded-full bg-line', className)}
    >
      {percent === null ? (
        <Progress.Indicator className="block h-full w-2/5 animate-travel rounded-full bg-busy" />
      ) : (
        <Progress.Indicator
          className="block h-full origin-left bg-busy transition-transform duration-500 ease-linear"
          style={{ transform: `scaleX(${percent / 100})` }}
        />
      )}
    </Progress.Root>
  )
}

export type Transfer = {
  filesDone: number
  bytesDone: number
  /** Null while they are still being counted. */
  filesTotal: number | null
  bytesTotal: number | null
  bytesPerSecond: number
  secondsLeft: number | null
  currentFile: string
}

/**
 * A backup or a restore on its way: how far, how fast, how long still, and at which file. Each fact keeps its
 * place while its number changes, so that the eye can rest on one of them.
 */
export function TransferProgress({ label, transfer }: { label: string; transfer: Transfer }) {
  const { bytesDone, bytesTotal, filesDone, filesTotal, bytesPerSecond, secondsLeft, currentFile } = transfer
  const share = bytesTotal === null ? null : bytesTotal === 0 ? 1 : bytesDone / bytesTotal
  return (
    <div className="flex min-w-0 flex-col gap-2 tabular-nums">
      <div className="flex items-baseline justify-between gap-4">
        <span className="font-semibold text-title">
          {share === null ? 'Counting files' : formatPercent(share)}
        </span>
        <span className="text-ink-muted">{secondsLeft === null ? '' : formatTimeLeft(secondsLeft)}</span>
      </div>
      <ProgressBar label={label} share={share} className="h-1.5" />
      <dl className="grid grid-cols-3 gap-x-4 text-small">
        <Fact name="Read">
          {formatBytes(bytesDone)}
          {bytesTotal !== null && <Total>of {formatBytes(bytesTotal)}</Total>}
        </Fact>
        <Fact name="Files">
          {formatCount(filesDone)}
          {filesTotal !== null && <Total>of {formatCount(filesTotal)}</Total>}
        </Fact>
        <Fact name="Speed">{formatRate(bytesPerSecond)}</Fact>
      </dl>
      <div className="h-4 min-w-0 font-mono text-ink-muted text-tiny normal-nums">
        {currentFile && <PathText path={currentFile} />}
      </div>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-faint">{name}</dt>
      <dd className="flex flex-wrap gap-x-1">{children}</dd>
    </div>
  )
}

function Total({ children }: { children: ReactNode }) {
  return <span className="text-ink-muted">{children}</span>
}
