/**
 * The person's choice of theme lives in a cookie, so that the server already renders `<html data-theme>`:
 * no flash of the wrong theme, and no inline script that the content security policy would have to allow.
 */

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const themeCookieName = 'holdfast_theme'
const oneYearMs = 365 * 24 * 60 * 60 * 1000

/** The theme that a cookie value names; anything unknown means "as the system says". */
export function parseTheme(value: string | undefined): Theme {
  return themes.find((theme) => theme === value) ?? 'system'
}

/** The value of `<html data-theme>`, or undefined to follow the system. */
export function themeAttribute(theme: Theme): 'light' | 'dark' | undefined {
  return theme === 'system' ? undefined : theme
}

/** The cookie that stores the choice in this browser, as `cookieStore.set` takes it. `now` in ms. */
export function themeCookie(theme: Theme, now: number) {
  return {
    name: themeCookieName,
    value: theme,
    path: '/',
    expires: now + oneYearMs,
    sameSite: 'lax' as const,
  }
}
