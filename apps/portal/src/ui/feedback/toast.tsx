'use client'

/**
 * Short news about what was just done, with a way back where there is one. A failure that needs reading does
 * not belong here but where the person is looking: see error-state.tsx and notice.tsx.
 */
import { Toast as RadixToast } from 'radix-ui'
import { createContext, type ReactNode, use, useCallback, useState } from 'react'
import { CloseButton } from '../controls/close-button.tsx'
import { Glyph } from '../status/glyph.tsx'

export type Toast = {
  /** One sentence without a full stop: "Server fileserver removed". */
  title: string
  detail?: string
  tone?: 'good' | 'bad'
  /** Takes it back. Offered for ten seconds. */
  undo?: () => void
}

const shownMs = 6_000
const shownWithUndoMs = 10_000
const shownAtOnceMax = 3

const ToastContext = createContext<(toast: Toast) => void>(() => {})

/** A function that shows a toast. */
export function useToast(): (toast: Toast) => void {
  return use(ToastContext)
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly (Toast & { id: string })[]>([])
  const show = useCallback((toast: Toast) => {
    setShown((all) => [...all, { ...toast, id: crypto.randomUUID() }].slice(-shownAtOnceMax))
  }, [])
  const drop = (id: string) => setShown((all) => all.filter((toast) => toast.id !== id))

  return (
    <ToastContext value={show}>
      <RadixToast.Provider label="Notification" swipeDirection="right">
        {children}
        {shown.map((toast) => (
          <RadixToast.Root
            key={toast.id}
            duration={toast.undo ? shownWithUndoMs : shownMs}
            onOpenChange={(open) => open || drop(toast.id)}
            className="flex items-center gap-2 rounded-lg bg-raised py-1.5 pr-1.5 pl-3 shadow-float [--glyph-ground:var(--color-raised)] data-[state=open]:animate-appear"
          >
            <Glyph
              shape={toast.tone === 'bad' ? 'octagon-cross' : 'disc-check'}
              tone={toast.tone === 'bad' ? 'bad' : 'good'}
            />
            <div className="min-w-0 flex-1 py-1">
              <RadixToast.Title className="font-medium">{toast.title}</RadixToast.Title>
              {toast.detail && (
                <RadixToast.Description className="text-ink-muted text-small">
                  {toast.detail}
                </RadixToast.Description>
              )}
            </div>
            {toast.undo && (
              <RadixToast.Action altText="Undo" asChild>
                <button
                  type="button"
                  onClick={toast.undo}
                  className="h-7 touch:h-10 rounded-md px-2 font-medium text-accent hover:bg-hover"
                >
                  Undo
                </button>
              </RadixToast.Action>
            )}
            <RadixToast.Close asChild>
              <CloseButton label="Dismiss" className="size-7" />
            </RadixToast.Close>
          </RadixToast.Root>
        ))}
        <RadixToast.Viewport className="fixed right-4 bottom-4 z-60 [:root:has([data-banner])_&]:bottom-13 flex w-90 max-w-[calc(100vw-2rem)] flex-col gap-2 outline-none print:hidden" />
      </RadixToast.Provider>
    </ToastContext>
  )
}
