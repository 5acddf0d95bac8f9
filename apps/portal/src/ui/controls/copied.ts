'use client'

import { useEffect, useState } from 'react'

export type Copied = 'no' | 'yes' | 'by hand'

const confirmedMs = 2_000

/**
 * Copying, and that it has worked. There is no clipboard without TLS, or it may be refused: then `selectIt` shows what was
 * meant, selected, so that Ctrl-C does the rest.
 */
export function useCopied(selectIt: () => void): { copied: Copied; copy: (value: string) => Promise<void> } {
  const [copied, setCopied] = useState<Copied>('no')

  useEffect(() => {
    if (copied !== 'yes') return
    const timer = setTimeout(() => setCopied('no'), confirmedMs)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async (value: string) => {
    try {
      await navigator.clipboard.writeText(value)
      setCopied('yes')
    } catch {
      setCopied('by hand')
      requestAnimationFrame(selectIt)
    }
  }
  return { copied, copy }
}
