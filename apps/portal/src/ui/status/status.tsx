import { classNames } from '../class-names.ts'
import { Glyph } from './glyph.tsx'
import { type StatusKind, type StatusOf, vocabulary } from './vocabulary.ts'

/**
 * A state as shape, word and colour. Hovering tells what it means.
 *
 * `quiet` keeps the word for screen readers only, for dense places where a column or a legend says it;
 * `word` replaces the vocabulary's word where the place calls for another ("Online since 09:12").
 */
export function Status<Kind extends StatusKind>(props: {
  kind: Kind
  state: StatusOf<Kind>
  word?: string
  quiet?: boolean
  className?: string
}) {
  const entry = vocabulary[props.kind][props.state]
  return (
    <span
      title={entry.meaning}
      className={classNames('inline-flex min-w-0 items-center gap-1.5 align-middle', props.className)}
    >
      <Glyph shape={entry.shape} tone={entry.tone} />
      <span className={props.quiet ? 'sr-only' : 'truncate'}>{props.word ?? entry.word}</span>
    </span>
  )
}
