/** What an address of the console means: the crumbs above the page, and the row of the tree that is marked. */
import type { Crumb } from '#ui/shell/breadcrumb.tsx'
import type { TreeNode } from '#ui/tree/rows.ts'
import { PAGES } from './pages.ts'

export type Place = {
  crumbs: readonly Crumb[]
  /** The id of the tree's node whose page is open. */
  nodeId: string | undefined
}

const overview: Crumb = { label: 'All servers', href: '/' }

/** Pages that lie below another one's. */
const namedParts: Record<string, string> = { 'add-server': 'Add a server', firewall: 'Firewall sheet' }

/** `pathname` as the browser has it, without host and query. */
export function whereAmI(pathname: string, tree: readonly TreeNode[]): Place {
  const [, top, id, part] = pathname.split('/')
  const page = PAGES.find(({ href }) => href === `/${top}`)
  if (page) {
    const crumbs = [overview, { label: page.title, href: page.href }]
    if (top === 'templates' && id !== undefined) crumbs.push(templatePart(id, part, pathname))
    return { crumbs, nodeId: undefined }
  }
  const way = id === undefined ? undefined : wayTo(tree, id)
  if (!way) return { crumbs: [overview], nodeId: undefined }
  const crumbs = [overview, ...way.map(({ label, href }) => ({ label, href }))]
  const partName = part === undefined ? undefined : namedParts[part]
  if (partName) crumbs.push({ label: partName, href: pathname })
  return { crumbs, nodeId: id }
}

function templatePart(id: string | undefined, part: string | undefined, href: string): Crumb {
  if (part === 'assign') return { label: 'Assign', href }
  if (part === 'unassign') return { label: 'Unassign', href }
  return { label: id === 'new' ? 'New template' : 'Template', href }
}

/** The nodes from the top of the tree down to the one with this id, itself included. */
function wayTo(nodes: readonly TreeNode[], id: string): TreeNode[] | undefined {
  for (const node of nodes) {
    if (node.id === id) return [node]
    const below = node.kind === 'server' ? undefined : wayTo(node.children, id)
    if (below) return [node, ...below]
  }
  return undefined
}
