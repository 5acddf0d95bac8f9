/** What the headers of a request tell about where it came from. All of it is the other end's word, except the address. */
import type { Settings } from '#settings.ts'
import { consoleUrl } from './console-url.ts'
import type { SignInOrigin } from './sessions.ts'

/**
 * The last address of `X-Forwarded-For` is the one that was added nearest to us: by a reverse proxy, or by our own front
 * door from the connection itself (start/front-door.ts). What stands before it can be made up by anybody.
 */
export function readOrigin(headers: Headers): SignInOrigin {
  const address = headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? ''
  return { address, userAgent: headers.get('user-agent') ?? '' }
}

/**
 * Whether a request was sent by one of the console's own pages: browsers set `Origin` and pages cannot forge it. JSON is
 * demanded too, since a foreign page cannot send that without asking first.
 */
export function isFromOwnPage(headers: Headers, settings: Pick<Settings, 'console'>): boolean {
  if (!(headers.get('content-type') ?? '').startsWith('application/json')) return false
  return isOwnOrigin({ origin: headers.get('origin'), host: headers.get('host') }, settings)
}

type Sender = { readonly origin: string | null | undefined; readonly host: string | null | undefined }

/** Whether the page that sends this is the console's own, by whichever of its addresses it was opened. */
export function isOwnOrigin({ origin, host }: Sender, settings: Pick<Settings, 'console'>): boolean {
  if (!origin || !URL.canParse(origin)) return false
  const url = new URL(origin)
  if (settings.console.url !== null) return url.origin === consoleUrl(settings).origin
  // People were told no address, so whatever address reached us is ours. But without TLS we are on loopback, and a page
  // of anybody's can have its own name lead there (DNS rebinding): then only loopback's own names count.
  return url.host === host && (settings.console.tls !== null || isLoopback(url.hostname))
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
