/*
 * Figures of one width, so that columns line up and ticking numbers stand still. Only on numbers: in Inter they
 * widen the hyphen as well, and "hyperv-01" would fall apart.
 */
import { formatBytes, formatDuration } from './format.ts'

/** A size in binary units with one decimal; the exact number on hover. */
export function Bytes({ of }: { of: number | bigint }) {
  return (
    <span className="whitespace-nowrap tabular-nums" title={`${of.toLocaleString('en-GB')} bytes`}>
      {formatBytes(of)}
    </span>
  )
}

/** How long something took. */
export function Duration({ ms }: { ms: number }) {
  return <span className="whitespace-nowrap tabular-nums">{formatDuration(ms)}</span>
}
