import type { Block, Sheet } from './document.ts'
import { markdownCode, markdownText } from './quoting.ts'

/** The sheet as Markdown, for a ticket or a mail. What other people wrote stays text. */
export function toMarkdown({ title, answer, sections }: Sheet): string {
  const parts = [`# ${markdownText(title)}`, `**${markdownText(answer)}**`]
  for (const section of sections)
    parts.push(`## ${markdownText(section.title)}`, ...section.blocks.map(blockInMarkdown))
  return `${parts.join('\n\n')}\n`
}

function blockInMarkdown(block: Block): string {
  switch (block.kind) {
    case 'text':
      return markdownText(block.text)
    case 'list':
      return block.items.map((item) => `- ${markdownText(item)}`).join('\n')
    case 'table':
      return [
        row(block.columns.map(({ title }) => markdownText(title))),
        row(block.columns.map(() => '---')),
        ...block.rows.map((cells) =>
          row(cells.map((cell, index) => (block.columns[index]?.mono ? inCode(cell) : markdownText(cell)))),
        ),
      ].join('\n')
    case 'code':
      return `**${markdownText(block.title)}**\n\n${fenced(block.text)}`
  }
}

/** Even in code, a bar would begin the next cell. */
function inCode(cell: string): string {
  return markdownCode(cell).replaceAll('|', '\\|')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A fence longer than any within. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text.trimEnd()}\n${fence}`
}
