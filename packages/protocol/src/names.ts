import { z } from 'zod'

/**
 * A server is called `customer/server` on the wire: the customer's handle and the server's own name.
 * Both are lower-case so that two people who type the same name mean the same server.
 */
export const namePart = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/, {
    message:
      'Use 1 to 63 letters, digits, dots, dashes or underscores; begin and end with a letter or digit.',
  })

export type ServerName = { readonly customer: string; readonly server: string }

export const serverName = z
  .string()
  .max(127)
  .transform((text, context): ServerName => {
    const [customer, server, ...rest] = text.split('/')
    const parts = [namePart.safeParse(customer), namePart.safeParse(server)] as const
    if (rest.length > 0 || !parts[0].success || !parts[1].success) {
      context.addIssue({
        code: 'custom',
        message: 'A server is named customer/server, for example acme/fileserver.',
      })
      return z.NEVER
    }
    return { customer: parts[0].data, server: parts[1].data }
  })

export function formatServerName(name: ServerName): string {
  return `${name.customer}/${name.server}`
}
