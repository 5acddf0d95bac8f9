import {
  type Offers,
  offers,
  type PlanOptions,
  planOptions,
  type Retention,
  retention,
} from '@holdfast/protocol'
import { type SiteSchedule, siteSchedule } from '@holdfast/protocol/schedule'

/** What the database gives as JSON: written by us, and read with care all the same. */
export function storedSchedule(stored: string | null): SiteSchedule | null {
  return stored === null ? null : siteSchedule.parse(JSON.parse(stored))
}

export function storedRetention(stored: string | null): Retention | null {
  return stored === null ? null : retention.parse(JSON.parse(stored))
}

export function storedOptions(stored: string): PlanOptions {
  return planOptions.parse(JSON.parse(stored))
}

/** What a server lets plans name. Null: its agent knows no such thing, or has never connected. */
export function storedOffers(stored: string | null | undefined): Offers | null {
  return stored ? offers.parse(JSON.parse(stored)) : null
}
