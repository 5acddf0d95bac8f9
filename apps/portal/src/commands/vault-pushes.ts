/**
 * Keeps each agent's vaults as they are, and its leave to use them fresh. They are sent whole, as plans are
 * (plan-pushes.ts), and only the newest push of a link is ever sent again. Nothing is noted of the receipt: the next
 * link, or the next day, says it all again.
 */
import { type RefusalCode, type Vaults, vaultsReceipt, WIRE } from '@holdfast/protocol'
import type { Link } from '#gateway/link.ts'

export type VaultPushOptions = {
  /** An agent that has not acknowledged by then is sent it again. */
  readonly receiptMs: number
  readonly onRefused: (link: Link, why: { readonly code: RefusalCode; readonly detail: string }) => void
}

const COME_BACK_AFTER_MALFORMED_MS = 60_000

export class VaultPushes {
  readonly #options: VaultPushOptions
  readonly #newest = new WeakMap<Link, object>()

  constructor(options: VaultPushOptions) {
    this.#options = options
  }

  /** On its way when it returns. */
  push(link: Link, vaults: Vaults): void {
    const push = {}
    this.#newest.set(link, push)
    void this.#carry(link, vaults, push)
  }

  async #carry(link: Link, vaults: Vaults, push: object): Promise<void> {
    while (link.isOnline && this.#newest.get(link) === push) {
      const answer = await link.request(WIRE.portalToAgent.vaults, vaults, this.#options.receiptMs)
      if (answer === undefined) continue
      const receipt = vaultsReceipt.safeParse(answer)
      if (!receipt.success)
        return link.end('malformed_message', COME_BACK_AFTER_MALFORMED_MS, 'receipt of vaults')
      if (receipt.data.outcome === 'refused') this.#options.onRefused(link, receipt.data)
      return
    }
  }
}
