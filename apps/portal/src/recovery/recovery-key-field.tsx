'use client'

/** Where a person gives the private half of a recovery kit: typed, pasted, or read off a picture of its QR code. */
import { QrCode } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button } from '#ui/controls/button.tsx'
import { PasswordField } from '#ui/forms/password-field.tsx'
import { readQrImage } from './read-qr-image.ts'

export function RecoveryKeyField({
  value,
  onValue,
  error,
}: {
  value: string
  onValue: (value: string) => void
  error?: string
}) {
  const file = useRef<HTMLInputElement>(null)
  const [unread, setUnread] = useState<string>()
  const read = async (image: File | undefined) => {
    setUnread(undefined)
    if (image === undefined) return
    const text = await readQrImage(image).catch(() => null)
    if (text === null) setUnread('No QR code was found in this picture. Type the key instead.')
    else onValue(text)
  }
  return (
    <div className="flex flex-col gap-2">
      <PasswordField
        label="Recovery key"
        hint="As it stands on the printed kit: AGE-SECRET-KEY-1 and so on. It stays in this browser."
        error={error ?? unread}
        value={value}
        onValue={(next) => {
          setUnread(undefined)
          onValue(next)
        }}
      />
      <input
        ref={file}
        type="file"
        accept="image/*"
        aria-label="Picture of the QR code"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          void read(event.target.files?.[0])
          event.target.value = ''
        }}
      />
      <Button
        size="small"
        className="self-start"
        icon={<QrCode size={16} />}
        onClick={() => file.current?.click()}
      >
        Read it from a picture of the QR code
      </Button>
    </div>
  )
}
