/**
 * The header under which a browser saves a file, with a name that came from a customer's machine: RFC 6266, with the
 * whole name as RFC 8187 has it, and a plain one for what does not read that.
 */

/** Characters that a name on any system must not hold, or that only exist to make a name read differently. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]/gu
const NAME_LENGTH_MAX = 200
/** All that RFC 8187 takes as it is, of what `encodeURIComponent` leaves as it is. */
const NOT_ATTR_CHAR = /['()*]/g

export function attachment(name: string): string {
  const fit = fitName(name)
  const plain = fit.replace(/[^\x20-\x7e]|[%"\\]/g, '_')
  const whole = encodeURIComponent(fit).replace(
    NOT_ATTR_CHAR,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`
}

/** Never empty, never hidden, never a way to another folder. */
export function fitName(name: string): string {
  const fit = name
    .toWellFormed()
    .replace(UNFIT, '_')
    .replace(/[.\s]+$/, '')
    .replace(/^[.\s]+/, '_')
  return shortened(fit) || 'download'
}

/** What is cut is the middle: the end says what kind of file it is. */
function shortened(name: string): string {
  const characters = [...name]
  if (characters.length <= NAME_LENGTH_MAX) return name
  const extension = /\.[^.]{1,12}$/.exec(name)?.[0] ?? ''
  return characters.slice(0, NAME_LENGTH_MAX - extension.length).join('') + extension
}
