import type { Metadata } from 'next'
import Link from 'next/link'
import { Button } from '#ui/controls/button.tsx'
import { FrontDoor } from '#ui/shell/front-door.tsx'

export const metadata: Metadata = { title: 'Not found' }

export default function NotFound() {
  return (
    <FrontDoor
      title="There is no such page"
      intro="The address may be mistyped, or what it led to was removed."
    >
      <Button look="primary" asChild>
        <Link href="/">Go to the overview</Link>
      </Button>
    </FrontDoor>
  )
}
