/** How an entry of the log looks at a glance, and what its code means in full. */
import { isRefusalCode, REFUSALS } from '@holdfast/protocol'
import type { Shape, Tone } from '#ui/status/vocabulary.ts'
import type { LogItem } from './service.ts'

type Kind = LogItem['kind']

export const kindWords: Record<Kind, string> = {
  attempt: 'Attempt',
  link: 'Link',
  command: 'Command',
  change: 'Change',
}

type Look = { shape: Shape; tone: Tone }

/** What is no refusal. An attempt is one by its nature: whoever gets in leaves a link. */
const ownLooks: Record<Kind, Look> = {
  attempt: { shape: 'disc-bar', tone: 'bad' },
  link: { shape: 'ring-dot', tone: 'good' },
  command: { shape: 'ring-arrow', tone: 'none' },
  change: { shape: 'ring-check', tone: 'none' },
}

/** What a refusal's kind looks like, whatever it was about. */
const refusalLooks: Record<(typeof REFUSALS)[keyof typeof REFUSALS]['kind'], Look> = {
  refusal: { shape: 'disc-bar', tone: 'bad' },
  ending: { shape: 'ring-slashed', tone: 'away' },
  failure: { shape: 'octagon-cross', tone: 'bad' },
  notice: { shape: 'triangle-alert', tone: 'warn' },
}

export function lookOf({ kind, code }: Pick<LogItem, 'kind' | 'code'>): Look {
  return isRefusalCode(code) ? refusalLooks[REFUSALS[code].kind] : ownLooks[kind]
}

/** What the code means and what to do about it; undefined where its title says it all. */
export function explanationOf(code: string): { meaning: string; todo: string } | undefined {
  return isRefusalCode(code) ? REFUSALS[code] : undefined
}
