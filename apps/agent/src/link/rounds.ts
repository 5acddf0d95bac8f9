/**
 * In which order a portal's addresses are dialled: the one that worked last comes first, then the others as they were
 * given, each once before there is a pause. Several lead to the same portal by different ways, some of which a firewall
 * may close today and open tomorrow.
 */
export class Rounds {
  readonly #addresses: readonly string[]
  #lastGood: string | null
  #untried: readonly string[] = []

  constructor(addresses: readonly string[], lastGood: string | null) {
    this.#addresses = addresses
    this.#lastGood = lastGood
  }

  next(): string {
    const [next = '', ...others] = this.#untried.length > 0 ? this.#untried : this.#inOrder()
    this.#untried = others
    return next
  }

  /** Whether all have been tried, and it is time for a pause. */
  get isOver(): boolean {
    return this.#untried.length === 0
  }

  /** A portal answered there: what it said holds for its other addresses as well. */
  answered(): void {
    this.#untried = []
  }

  worked(address: string): void {
    this.#lastGood = address
  }

  #inOrder(): readonly string[] {
    const isFirst = (address: string) => address === this.#lastGood
    return [...this.#addresses.filter(isFirst), ...this.#addresses.filter((address) => !isFirst(address))]
  }
}
