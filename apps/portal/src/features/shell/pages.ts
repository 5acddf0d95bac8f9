/** The pages beside the overview and the tree, in their order: the bar, the palette, the keys and the crumbs all read them here. */
import { Copy, type LucideIcon, ScrollText, Stethoscope, TriangleAlert, Vault } from 'lucide-react'

export type ConsolePage = {
  href: string
  /** In the bar. */
  name: string
  /** Where one is. */
  title: string
  /** In the palette, where it is searched. */
  says: string
  keys: string
  icon: LucideIcon
  /** Of no use to a customer's people, who would be refused there. */
  isForProvider: boolean
}

export const PAGES: readonly ConsolePage[] = [
  {
    href: '/conditions',
    name: 'Conditions',
    title: 'Conditions',
    says: 'Conditions: what is wrong',
    keys: 'g c',
    icon: TriangleAlert,
    isForProvider: false,
  },
  {
    href: '/templates',
    name: 'Templates',
    title: 'Templates',
    says: 'Templates: one plan for many servers',
    keys: 'g t',
    icon: Copy,
    isForProvider: false,
  },
  {
    href: '/log',
    name: 'Log',
    title: 'Remote management log',
    says: 'Remote management log',
    keys: 'g l',
    icon: ScrollText,
    isForProvider: false,
  },
  {
    href: '/vaults',
    name: 'Vaults',
    title: 'Vaults',
    says: 'Vaults: where snapshots are kept',
    keys: 'g v',
    icon: Vault,
    isForProvider: true,
  },
  {
    href: '/doctor',
    name: 'Doctor',
    title: 'Doctor',
    says: 'Doctor: who cannot get through',
    keys: 'g d',
    icon: Stethoscope,
    isForProvider: true,
  },
]

export function pagesFor({ mayDiagnose }: { mayDiagnose: boolean }): readonly ConsolePage[] {
  return PAGES.filter(({ isForProvider }) => mayDiagnose || !isForProvider)
}
