import type { Settings } from '#settings.ts'

/**
 * The address that people type to reach the console: as set, or as it listens. It decides the names of cookies, and
 * which pages may send changes.
 */
export function consoleUrl(settings: Pick<Settings, 'console'>): URL {
  const { url, host, port, tls } = settings.console
  if (url !== null) return new URL(url)
  return new URL(`${tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`)
}

export function isSecure(settings: Pick<Settings, 'console'>): boolean {
  return consoleUrl(settings).protocol === 'https:'
}
