'use client'

import { useState } from 'react'
import { Kbd } from '../controls/kbd.tsx'
import { Dialog } from '../overlays/dialog.tsx'
import { type KeyBinding, useBoundKeys, useKey, usePrintedKeys } from './keys.tsx'

/** What tables, trees and menus understand by themselves. */
const listKeys: readonly KeyBinding[] = [
  { keys: 'arrowup arrowdown', does: 'Walk', group: 'In lists and trees' },
  { keys: 'home end', does: 'To the first, to the last', group: 'In lists and trees' },
  { keys: 'arrowleft arrowright', does: 'Fold and unfold', group: 'In lists and trees' },
  { keys: 'enter', does: 'Open', group: 'In lists and trees' },
]

/** Lists every key that is bound right now, when "?" is pressed. Mounted once, in the shell. */
export function KeyHelp() {
  const [open, setOpen] = useState(false)
  useKey({ keys: '?', does: 'List the keys', group: 'Everywhere' }, () => setOpen(true))
  // Of two bindings of one key only the newer one acts.
  const inForce = new Map(useBoundKeys().map((binding) => [binding.keys, binding]))
  const groups = Map.groupBy([...inForce.values(), ...listKeys], (binding) => binding.group)
  return (
    <Dialog open={open} onOpen={setOpen} title="Keys" width="small">
      <div className="flex flex-col gap-5">
        {[...groups].map(([heading, bindings]) => (
          <section key={heading}>
            <h3 className="pb-1 text-ink-faint text-small">{heading}</h3>
            <dl>
              {bindings.map((binding) => (
                <KeyRow key={binding.keys} binding={binding} />
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

function KeyRow({ binding }: { binding: KeyBinding }) {
  const keys = usePrintedKeys(binding.keys)
  return (
    <div className="flex h-8 items-center justify-between gap-4 not-last:border-line not-last:border-b">
      <dt>{binding.does}</dt>
      <dd className="flex gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dd>
    </div>
  )
}
