'use client'

/** The firewall sheet of a site: on the screen, on paper, and to take along as Markdown. */
import { useQuery } from '@tanstack/react-query'
import { Check, Copy, Download, Printer } from 'lucide-react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { CodeBlock } from '#ui/controls/code-block.tsx'
import { useCopied } from '#ui/controls/copied.ts'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import type { Block, Sheet } from './document.ts'
import { toMarkdown } from './markdown.ts'

export function FirewallSheet({ siteId }: { siteId: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.firewallSheet.get.queryOptions({ siteId }))
  const problem = problemOf(query.error)
  if (query.data) return <Loaded sheet={query.data.sheet} siteName={query.data.siteName} />
  if (problem) return <ErrorState problem={problem} onRetry={query.refetch} retrying={query.isFetching} />
  return (
    <Answer evidence={<Skeleton className="my-1 w-72" />}>
      <Skeleton className="my-1 h-5 w-60" />
    </Answer>
  )
}

function Loaded({ sheet, siteName }: { sheet: Sheet; siteName: string }) {
  return (
    <article>
      <Answer evidence={sheet.title} actions={<TakeAlong sheet={sheet} siteName={siteName} />}>
        {sheet.answer}
      </Answer>
      <div className="flex max-w-220 flex-col gap-6 px-(--page-x) pt-2 print:px-0">
        {sheet.sections.map((section) => (
          <section key={section.title} aria-label={section.title} className="flex flex-col gap-3">
            <h2 className="break-after-avoid font-semibold text-lead">{section.title}</h2>
            {section.blocks.map((block) => (
              <BlockOnPage key={JSON.stringify(block)} block={block} />
            ))}
          </section>
        ))}
      </div>
    </article>
  )
}

function TakeAlong({ sheet, siteName }: { sheet: Sheet; siteName: string }) {
  const toast = useToast()
  const { copied, copy } = useCopied(() =>
    toast({ title: 'The browser does not allow copying here. Download the file instead.' }),
  )
  return (
    <div className="flex flex-wrap gap-2 print:hidden">
      <Button
        icon={copied === 'yes' ? <Check size={16} /> : <Copy size={16} />}
        onClick={() => copy(toMarkdown(sheet))}
      >
        {copied === 'yes' ? 'Copied' : 'Copy as Markdown'}
      </Button>
      <Button icon={<Download size={16} />} onClick={() => download(sheet, siteName)}>
        Download .md
      </Button>
      <Button icon={<Printer size={16} />} onClick={() => window.print()}>
        Print
      </Button>
    </div>
  )
}

function BlockOnPage({ block }: { block: Block }) {
  switch (block.kind) {
    case 'text':
      return <p>{block.text}</p>
    case 'list':
      return (
        <ul className="flex list-disc flex-col gap-1 pl-4 marker:text-ink-faint">
          {block.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      )
    case 'table':
      return <TableOnPage {...block} />
    case 'code':
      return <CodeBlock label={block.title} value={block.text} />
  }
}

/** On a narrow screen each row stands on its own, with the columns' names before what they hold. */
function TableOnPage({ label, columns, rows }: Extract<Block, { kind: 'table' }>) {
  return (
    <table className="w-full border-separate border-spacing-0 wrap-break-word text-left max-sm:block">
      <caption className="pb-1.5 text-left font-medium max-sm:block">{label}</caption>
      <thead className="max-sm:sr-only">
        <tr>
          {columns.map(({ title }) => (
            <th
              key={title}
              scope="col"
              className="border-line border-b py-1.5 pr-3 font-medium text-ink-muted text-small"
            >
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-sm:block">
        {rows.map((cells) => (
          <tr
            key={cells.join(' ')}
            className="break-inside-avoid max-sm:block max-sm:border-line max-sm:border-t max-sm:py-2"
          >
            {columns.map(({ title, mono }, index) => (
              <td
                key={title}
                data-title={title}
                className={`py-2 pr-3 align-top max-sm:grid max-sm:grid-cols-[7.5rem_minmax(0,1fr)] max-sm:py-0.5 max-sm:before:font-sans max-sm:before:text-body max-sm:before:text-ink-muted max-sm:before:content-[attr(data-title)] sm:border-line sm:border-b ${mono ? 'font-mono text-small' : ''}`}
              >
                {cells[index]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function download(sheet: Sheet, siteName: string): void {
  const file = URL.createObjectURL(new Blob([toMarkdown(sheet)], { type: 'text/markdown' }))
  const link = document.createElement('a')
  link.href = file
  link.download = `firewall-${siteName.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-')}.md`
  link.click()
  URL.revokeObjectURL(file)
}
