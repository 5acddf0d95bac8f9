/** The tree as a flat list of places to go to, for the palette. */
import type { Health } from '#ui/status/vocabulary.ts'
import type { TreeNode } from '#ui/tree/rows.ts'

export type Destination = {
  id: string
  label: string
  /** Where it lies: "Acme, Berlin". Empty for a customer. */
  hint: string
  href: string
  /** Of a server. */
  health: Health | undefined
}

/** Servers and customers. Sites are no pages of their own, but servers are found by them. */
export function placesOf(nodes: readonly TreeNode[], above: readonly string[] = []): Destination[] {
  return nodes.flatMap((node): Destination[] => {
    const { id, label, href } = node
    const self = { id, label, href, hint: above.join(', ') }
    if (node.kind === 'server') return [{ ...self, health: node.health }]
    const below = placesOf(node.children, [...above, label])
    return node.kind === 'customer' ? [{ ...self, health: undefined }, ...below] : below
  })
}
