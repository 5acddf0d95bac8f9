'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { Button, type ButtonProps } from './button.tsx'

/** A button whose verb happens on a page of its own: "Add a server". Inside sentences and rows, use a link. */
export function GoButton({ href, ...button }: Omit<ButtonProps, 'onClick' | 'asChild'> & { href: string }) {
  const router = useRouter()
  useEffect(() => router.prefetch(href), [router, href])
  return <Button {...button} onClick={() => router.push(href)} />
}
