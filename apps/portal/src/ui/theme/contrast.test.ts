/** Reads the tokens in src/app/globals.css and proves that what must be read can be read, in both themes. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../app/globals.css', import.meta.url), 'utf8')
const themes = ['light', 'dark'] as const
type Theme = (typeof themes)[number]

const grounds = ['canvas', 'surface', 'raised', 'sunken', 'hover', 'selected']
const texts = ['ink', 'ink-muted', 'ink-faint', 'accent', 'good', 'busy', 'warn', 'bad', 'away', 'none']

const textPairs = [
  ...texts.flatMap((text) => grounds.map((ground) => [text, ground])),
  ...['ink', 'ink-muted', 'warn'].map((text) => [text, 'warn-tint']),
  ...['ink', 'ink-muted', 'bad'].map((text) => [text, 'bad-tint']),
  ...['ink', 'ink-muted', 'accent'].map((text) => [text, 'accent-tint']),
  ...['accent', 'accent-strong'].map((ground) => ['accent-ink', ground]),
  ...['bad', 'bad-strong'].map((ground) => ['bad-ink', ground]),
]
// What tells where a field is, and where the focus is (WCAG 1.4.11).
const shapePairs = ['line-field', 'accent'].flatMap((shape) =>
  ['canvas', 'surface', 'raised'].map((ground) => [shape, ground]),
)

describe.each(themes)('in the %s theme', (theme) => {
  it.each(textPairs)('text %s on %s has at least 4.5:1', (text, ground) => {
    expect(contrast(theme, text, ground)).toBeGreaterThanOrEqual(4.5)
  })

  it.each(shapePairs)('shape %s on %s has at least 3:1', (shape, ground) => {
    expect(contrast(theme, shape, ground)).toBeGreaterThanOrEqual(3)
  })
})

function contrast(theme: Theme, one = '', other = ''): number {
  const [dark, light] = [luminance(theme, one), luminance(theme, other)].sort((a, b) => a - b)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

/** Relative luminance (WCAG 2) of a token, by way of OKLab and linear sRGB, clipped to what a screen shows. */
function luminance(theme: Theme, token: string): number {
  const pair = css.match(
    new RegExp(`--color-${token}: light-dark\\(oklch\\(([^)]+)\\), oklch\\(([^)]+)\\)\\)`),
  )
  const value = pair?.[theme === 'light' ? 1 : 2]
  if (!value) throw new Error(`no token --color-${token} in globals.css`)
  const [lightness = 0, chroma = 0, hue = 0] = value.split(' ').map(Number)
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clip = (channel: number) => Math.min(1, Math.max(0, channel))
  const red = clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)
  const green = clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)
  const blue = clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
