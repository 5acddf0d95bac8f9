'use client'

import { Check, Minus } from 'lucide-react'
import { Checkbox as RadixCheckbox } from 'radix-ui'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { classNames } from '../class-names.ts'

/** `mixed`: some of what it stands for is chosen, but not all. */
export type Checked = boolean | 'mixed'

/** The box alone. Needs a name: `aria-label`, or a label that points at its id. */
export function CheckboxBox({
  checked,
  onChecked,
  className,
  ...rest
}: Omit<ComponentProps<typeof RadixCheckbox.Root>, 'checked' | 'onCheckedChange'> & {
  checked: Checked
  onChecked: (checked: boolean) => void
}) {
  return (
    <RadixCheckbox.Root
      {...rest}
      checked={checked === 'mixed' ? 'indeterminate' : checked}
      onCheckedChange={(next) => onChecked(next === true)}
      className={classNames(
        'inline-grid size-4 shrink-0 place-items-center rounded-sm border border-line-field bg-surface touch:size-5',
        'hover:border-ink-faint disabled:cursor-not-allowed disabled:opacity-50',
        'data-[state=checked]:border-accent data-[state=indeterminate]:border-accent',
        'data-[state=checked]:bg-accent data-[state=indeterminate]:bg-accent',
        className,
      )}
    >
      <RadixCheckbox.Indicator className="text-accent-ink">
        {checked === 'mixed' ? <Minus size={12} strokeWidth={3} /> : <Check size={12} strokeWidth={3} />}
      </RadixCheckbox.Indicator>
    </RadixCheckbox.Root>
  )
}

/** A box with its sentence; clicking either toggles it. */
export function Checkbox({
  label,
  hint,
  className,
  ...box
}: { label: string; hint?: string } & ComponentProps<typeof CheckboxBox>) {
  const id = useId()
  return (
    <div className={classNames('flex items-start gap-2', className)}>
      <span className="flex h-5 items-center">
        <CheckboxBox {...box} id={id} aria-describedby={hint ? `${id}-hint` : undefined} />
      </span>
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p id={`${id}-hint`} className="text-ink-muted text-small">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}

/** A row of a list that is one box: a click anywhere on it chooses. `name` is what the box is called. */
export function CheckboxRow({
  name,
  className,
  children,
  ...box
}: { name: string; className?: string; children: ReactNode } & Pick<
  ComponentProps<typeof CheckboxBox>,
  'checked' | 'onChecked'
>) {
  return (
    // The box stands inside of its label, which is how the label finds it.
    // biome-ignore lint/a11y/noLabelWithoutControl: see above
    <label className={classNames('flex gap-2.5', className)}>
      <span className="flex h-5 items-center">
        <CheckboxBox {...box} aria-label={name} />
      </span>
      {children}
    </label>
  )
}
