'use client'

import { type ComponentProps, useState } from 'react'
import { Button } from '#ui/controls/button.tsx'
import { AddCustomerDialog } from './add-customer-dialog.tsx'

/** The button with its dialog: for places that offer the next step. */
export function AddCustomerButton(props: Pick<ComponentProps<typeof Button>, 'look'>) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button {...props} onClick={() => setOpen(true)}>
        Add a customer
      </Button>
      <AddCustomerDialog open={open} onOpen={setOpen} />
    </>
  )
}
