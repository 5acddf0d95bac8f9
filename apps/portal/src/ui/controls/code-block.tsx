'use client'

import { Check, Copy } from 'lucide-react'
import { useId, useRef } from 'react'
import { useCopied } from './copied.ts'
import { IconButton } from './icon-button.tsx'

/** Several lines to paste elsewhere, such as the rules of a firewall. They keep their line ends, and print whole. */
export function CodeBlock({ label, value }: { label: string; value: string }) {
  const id = useId()
  const code = useRef<HTMLElement>(null)
  const { copied, copy } = useCopied(() => code.current && getSelection()?.selectAllChildren(code.current))
  return (
    <figure aria-labelledby={id} className="min-w-0 break-inside-avoid">
      <figcaption id={id} className="mb-1.5 font-medium">
        {label}
      </figcaption>
      <div className="flex min-h-8 items-start rounded-md border border-line bg-sunken touch:min-h-11">
        <pre className="min-w-0 flex-1 whitespace-pre-wrap px-2.5 py-1.5 font-mono text-small">
          <code ref={code}>{value.trimEnd()}</code>
        </pre>
        <span className="print:hidden">
          <IconButton
            label={copied === 'yes' ? 'Copied' : `Copy ${label.toLowerCase()}`}
            onClick={() => copy(value)}
          >
            {copied === 'yes' ? <Check size={16} className="text-good" /> : <Copy size={16} />}
          </IconButton>
        </span>
      </div>
      <p role="status" className={copied === 'by hand' ? 'pt-1.5 text-ink-muted text-small' : 'sr-only'}>
        {copied === 'yes' && 'Copied'}
        {copied === 'by hand' && 'The browser does not allow copying here. It is selected: press Ctrl-C.'}
      </p>
    </figure>
  )
}
