'use client'

import { Dices, Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, useState } from 'react'
import { classNames } from '../class-names.ts'
import { IconButton } from '../controls/icon-button.tsx'
import { controlClasses, Field, type FieldProps } from './field.tsx'

/**
 * A password that can be looked at while typing. With `generate`, a button fills in a fresh one and shows it,
 * because a person has to carry it somewhere else. Controlled: the value lives in the form that uses it.
 */
export function PasswordField({
  label,
  hint,
  error,
  optional,
  className,
  value,
  onValue,
  generate,
  autoComplete = 'off',
  ...input
}: FieldProps &
  Omit<ComponentProps<'input'>, 'id' | 'size' | 'type' | 'value' | 'onChange'> & {
    value: string
    onValue: (value: string) => void
    generate?: () => string
    /** "current-password" to sign in, "new-password" to set one's own, "off" for a server's. */
    autoComplete?: 'current-password' | 'new-password' | 'off'
  }) {
  const [shown, setShown] = useState(false)
  return (
    <Field label={label} hint={hint} error={error} optional={optional} className={className}>
      {(control) => (
        <span className="relative block">
          <input
            {...input}
            {...control}
            type={shown ? 'text' : 'password'}
            value={value}
            onChange={(event) => onValue(event.target.value)}
            required={!optional}
            autoComplete={autoComplete}
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            className={classNames(
              controlClasses,
              generate ? 'pr-17 touch:pr-21' : 'pr-9 touch:pr-11',
              shown && 'font-mono',
            )}
          />
          <span className="absolute inset-y-0 right-0.5 flex items-center">
            {generate && (
              <IconButton
                label="Generate a password"
                className="size-7 touch:size-10"
                onClick={() => {
                  onValue(generate())
                  setShown(true)
                }}
              >
                <Dices size={16} />
              </IconButton>
            )}
            <IconButton
              label={shown ? 'Hide password' : 'Show password'}
              aria-pressed={shown}
              className="size-7 touch:size-10"
              onClick={() => setShown(!shown)}
            >
              {shown ? <EyeOff size={16} /> : <Eye size={16} />}
            </IconButton>
          </span>
        </span>
      )}
    </Field>
  )
}
