import { classNames } from '../class-names.ts'
import { showForeignText, splitPath } from './foreign-text.ts'

/** Text from a customer's machine, made safe to look at and kept from mixing with the text around it. */
export function ForeignText({ children, className }: { children: string; className?: string }) {
  return <bdi className={className}>{showForeignText(children)}</bdi>
}

/**
 * A path from a customer's machine. Where it does not fit, its folders are cut, never its name, and from their beginning,
 * which many have in common: a line that is written from the right overflows on the left.
 */
export function PathText({ path, className }: { path: string; className?: string }) {
  const { folder, name } = splitPath(showForeignText(path))
  return (
    <bdi className={classNames('flex min-w-0 max-w-full', className)} title={folder + name}>
      {folder && (
        <span dir="rtl" className="min-w-0 shrink-9999 truncate text-left text-ink-muted">
          <bdi>{folder}</bdi>
        </span>
      )}
      <span className="min-w-0 truncate">{name}</span>
    </bdi>
  )
}
