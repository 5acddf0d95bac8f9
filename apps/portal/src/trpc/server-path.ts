import { z } from 'zod'

const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\[^\\])/

/** An absolute path on a server: `/srv/data`, `C:\\Data` or `\\\\host\\share`. The server decides whether it is there. */
export const serverPath = z
  .string()
  .min(1, 'Give a path.')
  .max(4_096, 'This path is too long.')
  .regex(ABSOLUTE, 'Give the whole path, for example /srv/data or C:\\Data.')
  // A NUL ends a path in the middle, whatever comes after; half a character is none.
  .refine((path) => !path.includes('\0') && path.isWellFormed(), 'A path cannot hold this character.')
