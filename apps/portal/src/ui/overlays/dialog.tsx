'use client'

import { Dialog as RadixDialog } from 'radix-ui'
import type { FormEventHandler, ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { CloseButton } from '../controls/close-button.tsx'
import { useFocusReturn } from './focus-return.ts'

const widths = { small: 'sm:max-w-100', normal: 'sm:max-w-130', wide: 'sm:max-w-190' } as const

export type DialogProps = {
  open: boolean
  onOpen: (open: boolean) => void
  /** What happens here: "Add a server". */
  title: string
  description?: ReactNode
  width?: keyof typeof widths
  /** The buttons, the main one last. They stay in sight while the content scrolls. */
  actions?: ReactNode
  /** Given, the content and the actions are one form: Enter in a field does the obvious. */
  onSubmit?: FormEventHandler<HTMLFormElement>
  /** While work is under way that must not be lost, neither Esc nor a click beside it closes the dialog. */
  held?: boolean
  children?: ReactNode
}

/**
 * A question that has to be answered before going on. On a narrow screen it rises from the bottom edge.
 * Focus goes to the first field and returns to where it came from.
 */
export function Dialog(props: DialogProps) {
  const { remember, onCloseAutoFocus } = useFocusReturn()
  const hold = (event: Event) => {
    if (props.held) event.preventDefault()
  }
  const body = (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{props.children}</div>
      {props.actions && (
        <div className="flex shrink-0 flex-wrap items-center justify-end gap-2 border-line border-t px-5 py-3 max-sm:*:flex-1">
          {props.actions}
        </div>
      )}
    </>
  )
  return (
    <RadixDialog.Root open={props.open} onOpenChange={props.onOpen}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 bg-scrim data-[state=open]:animate-appear" />
        <RadixDialog.Content
          onOpenAutoFocus={(event) => {
            remember()
            focusFirstField(event)
          }}
          onCloseAutoFocus={onCloseAutoFocus}
          onEscapeKeyDown={hold}
          onPointerDownOutside={hold}
          // Radix warns about a missing description unless it is told that there is none.
          {...(props.description ? {} : { 'aria-describedby': undefined })}
          className={classNames(
            'fixed z-40 flex max-h-[calc(100dvh-2rem)] flex-col bg-raised text-ink shadow-float outline-none [--glyph-ground:var(--color-raised)]',
            'inset-x-0 bottom-0 w-full rounded-t-lg data-[state=open]:animate-appear',
            'sm:inset-auto sm:top-[max(1rem,12dvh)] sm:left-1/2 sm:max-h-[min(84dvh,760px)] sm:-translate-x-1/2 sm:rounded-lg',
            widths[props.width ?? 'normal'],
          )}
        >
          <div className="flex shrink-0 items-start gap-3 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1 pt-0.5">
              <RadixDialog.Title className="font-semibold text-lead">{props.title}</RadixDialog.Title>
              {props.description && (
                <RadixDialog.Description className="text-ink-muted">
                  {props.description}
                </RadixDialog.Description>
              )}
            </div>
            <RadixDialog.Close asChild>
              <CloseButton className="-mr-2" disabled={props.held} />
            </RadixDialog.Close>
          </div>
          {props.onSubmit ? (
            <form onSubmit={props.onSubmit} noValidate className="flex min-h-0 flex-col">
              {body}
            </form>
          ) : (
            body
          )}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

/** The browser's order would begin at the close button. A dialog without fields takes the focus itself. */
function focusFirstField(event: Event) {
  const content = event.currentTarget instanceof HTMLElement ? event.currentTarget : null
  const field = content?.querySelector<HTMLElement>(
    'input:not([type="hidden"], :disabled), textarea, [role="combobox"], [role="radio"][aria-checked="true"]',
  )
  event.preventDefault()
  ;(field ?? content)?.focus()
}
