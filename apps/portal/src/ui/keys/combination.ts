/**
 * How a key binding is written ("mod+k", "/", "?", "g l"), recognised and printed.
 *
 * `mod` is Cmd on a Mac and Ctrl elsewhere. A space separates keys that are pressed one after the other.
 * A character that needs Shift ("?") is written as that character, since layouts disagree on where it is.
 */

export type KeyPress = Pick<KeyboardEvent, 'key' | 'metaKey' | 'ctrlKey' | 'altKey' | 'shiftKey'>

/** The name of what was pressed, as bindings spell it. */
export function pressName(press: KeyPress, isMac: boolean): string {
  const isMod = isMac ? press.metaKey : press.ctrlKey
  const key = press.key.toLowerCase()
  const shift = press.shiftKey && press.key.length > 1 ? 'shift+' : ''
  return `${isMod ? 'mod+' : ''}${press.altKey ? 'alt+' : ''}${shift}${key}`
}

/**
 * Follows presses through bindings with several keys.
 * `matched` is the binding that is now complete; `pending` is what has been typed of longer ones so far.
 */
export function followPresses(
  bindings: readonly string[],
  pending: string,
  press: string,
): { matched?: string; pending: string } {
  for (const typed of [pending ? `${pending} ${press}` : press, press]) {
    const matched = bindings.find((binding) => binding === typed)
    if (matched) return { matched, pending: '' }
    if (bindings.some((binding) => binding.startsWith(`${typed} `))) return { pending: typed }
  }
  return { pending: '' }
}

const printed: Record<string, string> = {
  enter: '↵',
  escape: 'Esc',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  ' ': 'Space',
  home: 'Home',
  end: 'End',
}

/** A binding as keycaps, one string each: "mod+k" is `['⌘K']` or `['Ctrl K']`, "g l" is `['G', 'L']`. */
export function printKeys(binding: string, isMac: boolean): string[] {
  return binding.split(' ').map((combination) => {
    const names = combination.split('+').map((name) => {
      if (name === 'mod') return isMac ? '⌘' : 'Ctrl'
      if (name === 'shift') return isMac ? '⇧' : 'Shift'
      if (name === 'alt') return isMac ? '⌥' : 'Alt'
      return printed[name] ?? name.toUpperCase()
    })
    return names.join(isMac ? '' : ' ')
  })
}
