'use client'

/** The frame around every page, filled: the tree, where one is, the palette, and who is signed in. */
import { Building2, ChevronsUpDown, LayoutList, LogOut, Plus } from 'lucide-react'
import { usePathname, useRouter } from 'next/navigation'
import { type ReactNode, useMemo, useState } from 'react'
import type { LiveState } from '#trpc/live.tsx'
import { Button } from '#ui/controls/button.tsx'
import { Menu } from '#ui/controls/menu.tsx'
import { Banner } from '#ui/feedback/banner.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import type { Problem } from '#ui/feedback/problem.ts'
import { bestMatches } from '#ui/keys/best-matches.ts'
import { KeyHelp } from '#ui/keys/key-help.tsx'
import { useKey } from '#ui/keys/keys.tsx'
import { Palette, PaletteButton, type PaletteGroup } from '#ui/keys/palette.tsx'
import { AppShell } from '#ui/shell/app-shell.tsx'
import { Breadcrumb } from '#ui/shell/breadcrumb.tsx'
import { PagePanePlace } from '#ui/shell/page-pane.tsx'
import { TreePane } from '#ui/shell/tree-pane.tsx'
import { Glyph } from '#ui/status/glyph.tsx'
import { healthSentence } from '#ui/status/health-sentence.ts'
import { addHealthCounts } from '#ui/status/roll-up.ts'
import { vocabulary } from '#ui/status/vocabulary.ts'
import { useThemeChoice } from '#ui/theme/theme-choice.tsx'
import { countsOfNode, type TreeNode } from '#ui/tree/rows.ts'
import { PageLink } from './page-link.tsx'
import { pagesFor } from './pages.ts'
import { placesOf } from './places.ts'
import { whereAmI } from './where-am-i.ts'

export type ConsoleShellProps = {
  providerName: string
  person: { name: string; email: string }
  /** Undefined while it is loading: the page does not wait for it. */
  tree: readonly TreeNode[] | undefined
  /** Why there is no tree. */
  treeProblem: Problem | null
  onRetryTree: () => void
  liveState: LiveState
  mayAddServers: boolean
  /** For the provider's own people. */
  mayDiagnose: boolean
  /** Undefined where the person's role does not allow it. */
  onAddCustomer: (() => void) | undefined
  onSignOut: () => void
  children: ReactNode
}

const noTree: readonly TreeNode[] = []

export function ConsoleShell(props: ConsoleShellProps) {
  const { onAddCustomer } = props
  const tree = props.tree ?? noTree
  const pathname = usePathname()
  const router = useRouter()
  const [paletteOpen, setPaletteOpen] = useState(false)
  const place = useMemo(() => whereAmI(pathname, tree), [pathname, tree])
  const paletteGroups = usePaletteGroups(props, tree)
  useKey({ keys: 'g o', does: 'Go to the overview', group: 'Everywhere' }, () => router.push('/'))

  return (
    <>
      <AppShell
        providerName={props.providerName}
        homeHref="/"
        atHome={pathname === '/'}
        summary={props.tree && <Summary tree={props.tree} />}
        tree={
          <>
            {props.treeProblem && !props.tree ? (
              <div className="min-h-0 flex-1 overflow-y-auto">
                <ErrorState problem={props.treeProblem} onRetry={props.onRetryTree} />
              </div>
            ) : (
              <TreePane nodes={props.tree} currentId={place.nodeId} />
            )}
            {onAddCustomer && (
              <div className="shrink-0 px-2 py-1.5">
                <Button
                  look="quiet"
                  icon={<Plus size={16} />}
                  onClick={onAddCustomer}
                  className="w-full justify-start px-2.5"
                >
                  Add a customer
                </Button>
              </div>
            )}
          </>
        }
        account={<Account person={props.person} onSignOut={props.onSignOut} />}
        breadcrumb={<Breadcrumb crumbs={place.crumbs} />}
        tools={
          <div className="flex items-center gap-1">
            <PaletteButton onOpen={() => setPaletteOpen(true)} />
            {pagesFor(props).map((page) => (
              <PageLink key={page.href} page={page} />
            ))}
          </div>
        }
        pane={<PagePanePlace />}
      >
        {props.children}
      </AppShell>
      <NotLive state={props.liveState} />
      <Palette open={paletteOpen} onOpen={setPaletteOpen} groups={paletteGroups} />
      <KeyHelp />
    </>
  )
}

/** On a narrow screen the tree is the first page: the answer stands above it. */
function Summary({ tree }: { tree: readonly TreeNode[] }) {
  const { sentence, health } = healthSentence(addHealthCounts(tree.map(countsOfNode)))
  return (
    <p className="flex items-center gap-2 font-semibold text-lead">
      {health && (
        <Glyph shape={vocabulary.health[health].shape} tone={vocabulary.health[health].tone} size={18} />
      )}
      {sentence}
    </p>
  )
}

/** Tells, quietly, that what is on the screen may be out of date. */
function NotLive({ state }: { state: LiveState }) {
  if (state === 'lost') {
    return (
      <Banner>
        <span className="font-medium">Not live.</span> The connection to the portal is interrupted. It comes
        back by itself.
      </Banner>
    )
  }
  if (state === 'ended') {
    return (
      <Banner
        action={
          <Button size="small" asChild>
            <a href="/sign-in">Sign in</a>
          </Button>
        }
      >
        <span className="font-medium">Not live.</span> Your session has ended, here or elsewhere.
      </Banner>
    )
  }
  return null
}

function Account({ person, onSignOut }: Pick<ConsoleShellProps, 'person' | 'onSignOut'>) {
  const theme = useThemeChoice()
  return (
    <Menu
      align="start"
      trigger={
        <Button look="quiet" className="w-full px-2.5 [&>span]:w-full [&>span]:min-w-0">
          <span className="min-w-0 truncate text-ink">{person.name}</span>
          <ChevronsUpDown size={14} className="ml-auto shrink-0 text-ink-faint" />
        </Button>
      }
      groups={[
        theme,
        {
          heading: person.email,
          entries: [{ label: 'Sign out', icon: <LogOut size={16} />, onChoose: onSignOut }],
        },
      ]}
    />
  )
}

const paletteHitsMax = 8

/** What the palette offers: pages and actions, then whatever in the tree is called like what was typed. */
function usePaletteGroups(
  { mayAddServers, mayDiagnose, onAddCustomer }: ConsoleShellProps,
  tree: readonly TreeNode[],
) {
  const router = useRouter()
  const places = useMemo(() => placesOf(tree), [tree])
  return (query: string): PaletteGroup[] => {
    const open = (href: string) => () => router.push(href)
    const commands = [
      { id: 'overview', label: 'Overview', icon: <LayoutList size={16} />, onChoose: open('/') },
      ...pagesFor({ mayDiagnose }).map(({ href, says, icon: Icon }) => ({
        id: href,
        label: says,
        icon: <Icon size={16} />,
        onChoose: open(href),
      })),
      ...(onAddCustomer
        ? [{ id: 'add-customer', label: 'Add a customer', icon: <Plus size={16} />, onChoose: onAddCustomer }]
        : []),
    ]
    const addServers = (mayAddServers ? tree : []).map((customer) => ({
      id: `add-server ${customer.id}`,
      label: `Add a server to ${customer.label}`,
      icon: <Plus size={16} />,
      onChoose: open(`${customer.href}/add-server`),
    }))
    // Without a query nobody wants one line for each customer.
    const offered = query === '' ? commands : [...commands, ...addServers]
    return [
      {
        heading: 'Servers and customers',
        items: bestMatches(places, query, (each) => [each.label, each.hint], paletteHitsMax).map((each) => ({
          id: each.id,
          label: each.label,
          hint: each.hint,
          icon: each.health ? (
            <Glyph shape={vocabulary.health[each.health].shape} tone={vocabulary.health[each.health].tone} />
          ) : (
            <Building2 size={16} />
          ),
          onChoose: open(each.href),
        })),
      },
      {
        heading: 'Pages and actions',
        items: bestMatches(offered, query, (each) => [each.label], commands.length),
      },
    ]
  }
}
