/** Who is in the demo: a provider's three customers, and the servers of two of them that are alive on this machine. */
import { BAKERY, DENTIST, type Shelf } from './company-files.ts'

export type DemoServer = {
  readonly name: string
  readonly folder: string
  readonly shelves: readonly Shelf[]
  readonly plan: string
}

export type DemoCustomer = {
  readonly name: string
  readonly handle: string
  readonly siteName: string
  readonly timeZone: string
  readonly moreSites: readonly string[]
  readonly servers: readonly DemoServer[]
}

export const COMPANY = { companyName: "Bill's IT service", yourName: 'Bill Stone' } as const

export const CUSTOMERS: readonly DemoCustomer[] = [
  {
    name: 'Acme Dental',
    handle: 'acme',
    siteName: 'Practice',
    timeZone: 'Europe/Berlin',
    moreSites: ['Laboratory'],
    servers: [
      { name: 'fileserver', folder: 'Practice files', shelves: DENTIST, plan: 'Patients and accounts' },
    ],
  },
  {
    name: 'Northwind Bakery',
    handle: 'northwind',
    siteName: 'Bakehouse',
    timeZone: 'Europe/London',
    moreSites: ['Shop on the corner'],
    servers: [{ name: 'office', folder: 'Office', shelves: BAKERY, plan: 'Orders and bookkeeping' }],
  },
  {
    name: 'Harbour Legal',
    handle: 'harbour',
    siteName: 'Chambers',
    timeZone: 'America/New_York',
    moreSites: [],
    servers: [],
  },
]
