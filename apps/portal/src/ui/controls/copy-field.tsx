'use client'

import { Check, Copy, Eye, EyeOff } from 'lucide-react'
import { useRef, useState } from 'react'
import { classNames } from '../class-names.ts'
import { useCopied } from './copied.ts'
import { IconButton } from './icon-button.tsx'

/**
 * Something to carry to another machine: a command, a join token, an identifier. A click selects all of it,
 * the button copies it and says so. A `secret` stays hidden until it is asked for, but copies all the same.
 */
export function CopyField({
  label,
  value,
  secret = false,
  multiline = false,
  className,
}: {
  label: string
  value: string
  secret?: boolean
  /** Shows all of a long value, instead of its beginning. */
  multiline?: boolean
  className?: string
}) {
  const text = useRef<HTMLElement>(null)
  const [shown, setShown] = useState(!secret)
  const { copied, copy } = useCopied(() => {
    setShown(true)
    // What was hidden is drawn first.
    requestAnimationFrame(() => text.current && getSelection()?.selectAllChildren(text.current))
  })

  return (
    <fieldset className={classNames('min-w-0', className)}>
      <legend className="mb-1.5 font-medium">{label}</legend>
      <div className="flex min-h-8 items-start rounded-md border border-line bg-sunken touch:min-h-11">
        <code
          ref={text}
          className={classNames(
            'min-w-0 flex-1 select-all self-center px-2.5 py-1.5 font-mono text-small',
            multiline ? 'break-all' : 'truncate',
          )}
        >
          {shown ? value : '•'.repeat(24)}
        </code>
        {secret && (
          <IconButton label={shown ? 'Hide' : 'Show'} aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff size={16} /> : <Eye size={16} />}
          </IconButton>
        )}
        <IconButton
          label={copied === 'yes' ? 'Copied' : `Copy ${label.toLowerCase()}`}
          onClick={() => copy(value)}
        >
          {copied === 'yes' ? <Check size={16} className="text-good" /> : <Copy size={16} />}
        </IconButton>
      </div>
      <p role="status" className={copied === 'by hand' ? 'pt-1.5 text-ink-muted text-small' : 'sr-only'}>
        {copied === 'yes' && 'Copied'}
        {copied === 'by hand' && 'The browser does not allow copying here. It is selected: press Ctrl-C.'}
      </p>
    </fieldset>
  )
}
