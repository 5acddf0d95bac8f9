import { describe, expect, it } from 'vitest'
import type { TreeNode } from '#ui/tree/rows.ts'
import { placesOf } from './places.ts'
import { whereAmI } from './where-am-i.ts'

const tree: TreeNode[] = [
  {
    kind: 'customer',
    id: 'c1',
    label: 'Acme',
    href: '/customers/c1',
    children: [
      {
        kind: 'site',
        id: 's1',
        label: 'Berlin',
        href: '/customers/c1#s1',
        children: [
          { kind: 'server', id: 'v1', label: 'fileserver', href: '/servers/v1', health: 'protected' },
        ],
      },
    ],
  },
]

describe('where one is', () => {
  it.each([
    ['/', ['All servers'], undefined],
    ['/log', ['All servers', 'Remote management log'], undefined],
    ['/doctor', ['All servers', 'Doctor'], undefined],
    ['/templates/t1/assign', ['All servers', 'Templates', 'Assign'], undefined],
    ['/templates/t1/unassign', ['All servers', 'Templates', 'Unassign'], undefined],
    ['/templates/new', ['All servers', 'Templates', 'New template'], undefined],
    ['/customers/c1', ['All servers', 'Acme'], 'c1'],
    ['/customers/c1/add-server', ['All servers', 'Acme', 'Add a server'], 'c1'],
    ['/sites/s1/firewall', ['All servers', 'Acme', 'Berlin', 'Firewall sheet'], 's1'],
    ['/servers/v1', ['All servers', 'Acme', 'Berlin', 'fileserver'], 'v1'],
    ['/servers/v1/history', ['All servers', 'Acme', 'Berlin', 'fileserver'], 'v1'],
    ['/servers/gone', ['All servers'], undefined],
  ])('%s', (pathname, labels, nodeId) => {
    const place = whereAmI(pathname, tree)
    expect(place.crumbs.map((crumb) => crumb.label)).toEqual(labels)
    expect(place.nodeId).toBe(nodeId)
  })
})

describe('where one can go', () => {
  it('lists customers and servers, each with what is above it', () => {
    expect(placesOf(tree).map(({ label, hint, health }) => [label, hint, health])).toEqual([
      ['Acme', '', undefined],
      ['fileserver', 'Acme, Berlin', 'protected'],
    ])
  })
})
