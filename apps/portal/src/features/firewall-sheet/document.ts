/** What a sheet is made of. The page and the Markdown are drawn from the same blocks, so they cannot say two things. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** The columns named in `mono` hold addresses and numbers. */
  | {
      readonly kind: 'table'
      readonly label: string
      readonly columns: readonly { readonly title: string; readonly mono?: boolean }[]
      readonly rows: readonly (readonly string[])[]
    }
  /** To be pasted. */
  | { readonly kind: 'code'; readonly title: string; readonly text: string }

export type Section = { readonly title: string; readonly blocks: readonly Block[] }

export type Sheet = {
  readonly title: string
  /** The one sentence that an administrator needs. */
  readonly answer: string
  readonly sections: readonly Section[]
}
