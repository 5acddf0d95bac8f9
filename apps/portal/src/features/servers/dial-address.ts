/**
 * Where the portal dials a server whose agent listens: a host name, an IPv4 address or an [IPv6 address], and a port.
 * Nothing else passes: whatever stands here, the portal connects to.
 */
import { address, DEFAULT_LINK_PORT } from '@holdfast/protocol'
import { z } from 'zod'

const HOST_CHARS_MAX = 253
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** `1.2`, `0x7f.1`: what looks like a name, and is taken for an address by those who look it up. */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/

/** Gives `host:port`, with the usual port where none was typed. */
export const dialAddress = z
  .string()
  .trim()
  .toLowerCase()
  .max(HOST_CHARS_MAX + 8)
  .transform((typed) => (/(?:^[^:]+|\])$/.test(typed) ? `${typed}:${DEFAULT_LINK_PORT}` : typed))
  .refine((text) => address.safeParse(text).success && isHost(hostOf(text)), {
    message: 'Type a host name, an IPv4 address or an [IPv6 address], and a port: fs1.acme.example:16888.',
  })

/** What a person at the server types, so that its agent listens where the portal dials. */
export function listenCommand(dialled: string): string {
  const port = Number(dialled.slice(dialled.lastIndexOf(':') + 1))
  return port === DEFAULT_LINK_PORT ? 'holdfast-agent listen' : `holdfast-agent listen --port ${port}`
}

function hostOf(text: string): string {
  return text.slice(0, text.lastIndexOf(':'))
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) return z.ipv6().safeParse(host.slice(1, -1)).success
  const labels = host.split('.')
  if (NUMBER.test(labels.at(-1) ?? '')) return z.ipv4().safeParse(host).success
  return host.length <= HOST_CHARS_MAX && labels.every((label) => LABEL.test(label))
}
