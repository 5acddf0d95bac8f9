'use client'

/**
 * One listener for all keyboard shortcuts, and the register from which key-help.tsx prints its list: what "?"
 * shows is what is bound at that moment, because a component binds and describes a key in one call.
 */
import { createContext, type ReactNode, use, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { followPresses, pressName, printKeys } from './combination.ts'

export type KeyBinding = {
  /** For example "mod+k", "/", "g l": see combination.ts. */
  keys: string
  /** What it does, for the help: "Search". */
  does: string
  /** The heading under which the help lists it. */
  group: string
}

type Bound = KeyBinding & { run: () => void }
type Register = { bound: readonly Bound[]; bind: (binding: Bound) => () => void }

const nothingBound: Register = { bound: [], bind: () => () => {} }
const KeysContext = createContext<Register>(nothingBound)

/** A second key must follow the first within this time. */
const nextKeyWithinMs = 1_200

export function KeysProvider({ children }: { children: ReactNode }) {
  const [bound, setBound] = useState<readonly Bound[]>([])
  const [bind] = useState(() => (binding: Bound) => {
    setBound((all) => [...all, binding])
    return () => setBound((all) => all.filter((each) => each !== binding))
  })
  const pending = useRef({ typed: '', at: 0 })

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const press = pressName(event, isMac())
      const withModifier = press.startsWith('mod+')
      if (!withModifier && (isTyping(event.target) || isDialogOpen())) return
      const typed = event.timeStamp - pending.current.at < nextKeyWithinMs ? pending.current.typed : ''
      const next = followPresses(
        bound.map((each) => each.keys),
        typed,
        press,
      )
      pending.current = { typed: next.pending, at: event.timeStamp }
      // The newest binding of a key wins: a pane's over the page's.
      const hit = bound.findLast((each) => each.keys === next.matched)
      if (!hit) return
      event.preventDefault()
      hit.run()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [bound])

  return <KeysContext value={{ bound, bind }}>{children}</KeysContext>
}

/** Binds a key for as long as the component is mounted and `enabled`. */
export function useKey({ keys, does, group }: KeyBinding, run: () => void, enabled = true): void {
  const { bind } = use(KeysContext)
  const latestRun = useRef(run)
  useEffect(() => {
    latestRun.current = run
  })
  useEffect(() => {
    if (!enabled) return
    return bind({ keys, does, group, run: () => latestRun.current() })
  }, [bind, keys, does, group, enabled])
}

/** Everything that is bound now. */
export function useBoundKeys(): readonly KeyBinding[] {
  return use(KeysContext).bound
}

/** The keycaps of a binding, as this person's keyboard prints them. */
export function usePrintedKeys(keys: string): string[] {
  const mac = useSyncExternalStore(watchNothing, isMac, () => false)
  return printKeys(keys, mac)
}

function watchNothing() {
  return () => {}
}

function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent)
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches('input, select, textarea'))
  )
}

function isDialogOpen(): boolean {
  return (
    document.querySelector('[role="dialog"][data-state="open"], [role="menu"][data-state="open"]') !== null
  )
}
