/**
 * Text that comes from a customer's machine: file names, host names, messages of other programs. It may hold
 * anything, and some characters exist only to make a line read differently from what it is: "invoice", U+202E, "fdp.exe".
 */

// Control characters, and those that turn the reading direction around or leave no trace at all.
const deceptive = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** The text with every deceptive character replaced by a visible "�". */
export function showForeignText(text: string): string {
  return text.replace(deceptive, '\ufffd')
}

/** A path in two parts, so that a narrow column can cut the folders and keep the name. */
export function splitPath(path: string): { folder: string; name: string } {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1
  return end === path.length
    ? { folder: '', name: path }
    : { folder: path.slice(0, end), name: path.slice(end) }
}
