'use client'

import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { Tooltip } from './tooltip.tsx'

/** A button that is only an icon. Its label is spoken and shown as a tooltip, with the key that does the same. */
export function IconButton({
  label,
  keys,
  children,
  className,
  type = 'button',
  ...rest
}: Omit<ComponentProps<'button'>, 'aria-label'> & { label: string; keys?: string; children: ReactNode }) {
  return (
    <Tooltip text={label} keys={keys}>
      <button
        {...rest}
        type={type}
        aria-label={label}
        className={classNames(
          'inline-grid size-8 shrink-0 touch:size-10 place-items-center rounded-md text-ink-muted transition-colors duration-100',
          'hover:bg-hover hover:text-ink active:bg-selected data-[state=open]:bg-hover data-[state=open]:text-ink',
          'disabled:cursor-not-allowed disabled:opacity-50',
          className,
        )}
      >
        {children}
      </button>
    </Tooltip>
  )
}
