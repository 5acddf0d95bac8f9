/**
 * Names of people and places go into rules that somebody pastes into a firewall as an administrator. Whatever stands in
 * a name, it must stay a name there: no quote that ends early, no second line, no command.
 */

/** As nftables takes a comment, which has no way to write a quote inside, and an end. */
const COMMENT_BYTES_MAX = 100

/** Letters, digits and a few harmless signs; anything else becomes a dash. */
export function plainLabel(text: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N} .,_()-]+/gu, '-')
    .trim()
  return shortened(plain)
}

function shortened(text: string): string {
  let label = ''
  let bytes = 0
  for (const character of text) {
    bytes += new TextEncoder().encode(character).length
    if (bytes > COMMENT_BYTES_MAX) break
    label += character
  }
  return label.trim()
}

/** PowerShell ends a text in single quotes at typographic ones as well; each is written twice to mean itself. */
export function powershellText(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`
}

/** Text of other people in Markdown: nothing of it is markup, and it stays on its line. */
export function markdownText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()<>#+!|~&-]/g, '\\$&')
}

/** Code within a line. Between backticks nothing else means anything, so those are left out. */
export function markdownCode(text: string): string {
  return `\`${text.replace(/[`\s]+/g, ' ').trim()}\``
}
