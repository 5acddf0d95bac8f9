/**
 * Paths that lead off this machine by their very form. On Windows, to open `\\server\share` is to sign in to that server
 * with a hash of this machine's password, which whoever named the server can carry on to others; and a device path
 * (`\\?\…`, `\\.\…`, `\??\…`) is the same by another name. So such a path is found by its letters, before anything has
 * touched it.
 *
 * Two backslashes begin no whole path on any other system, so they are refused there as well. Two slashes do: they mean
 * one there.
 */

const BEGINS_ON_WINDOWS = /^[\\/](?:[\\/]|\?\?[\\/])/
const BEGINS_ANYWHERE = /^\\(?:\\|\?\?\\)/

export function leadsElsewhere(path: string, platform: NodeJS.Platform = process.platform): boolean {
  return (platform === 'win32' ? BEGINS_ON_WINDOWS : BEGINS_ANYWHERE).test(path)
}

/**
 * Whether anything in a message leads off this machine, wherever it stands: a field that somebody adds is covered before
 * they think of it. What things are called is no path.
 */
export function namesElsewhere(message: unknown, platform: NodeJS.Platform = process.platform): boolean {
  if (typeof message === 'string') return leadsElsewhere(message, platform)
  if (Array.isArray(message)) return message.some((item) => namesElsewhere(item, platform))
  if (message === null || typeof message !== 'object') return false
  return Object.entries(message).some(([key, value]) => key !== 'name' && namesElsewhere(value, platform))
}
