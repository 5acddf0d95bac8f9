/** What a browser does with cookies, as far as one portal on one address needs it. */
export class Cookies {
  readonly #values = new Map<string, string>()

  /** Takes over what an answer sets, and forgets what it takes back. */
  keep(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';')
      const at = pair.indexOf('=')
      const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
      const isOver = attributes.some((attribute) => /^\s*max-age\s*=\s*0\s*$/i.test(attribute))
      if (isOver || value === '') this.#values.delete(name)
      else this.#values.set(name, value)
    }
  }

  get header(): string {
    return [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  get isEmpty(): boolean {
    return this.#values.size === 0
  }
}
