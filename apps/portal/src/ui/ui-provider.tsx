'use client'

import { Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'
import { ToastProvider } from './feedback/toast.tsx'
import { KeysProvider } from './keys/keys.tsx'

/** What the kit needs once around every page: keyboard shortcuts, tooltips and toasts. */
export function UiProvider({ children }: { children: ReactNode }) {
  return (
    <KeysProvider>
      <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
        <ToastProvider>{children}</ToastProvider>
      </Tooltip.Provider>
    </KeysProvider>
  )
}
