import { type ClassValue, clsx } from 'clsx'
import { extendTailwindMerge } from 'tailwind-merge'

// tailwind-merge must know our own names, or it takes `text-small` for a colour and drops it.
const merge = extendTailwindMerge({
  extend: {
    theme: { text: ['tiny', 'small', 'body', 'lead', 'title', 'answer'], shadow: ['float'] },
  },
})

/** Joins class names; of two that set the same property, the later one wins. */
export function classNames(...values: ClassValue[]): string {
  return merge(clsx(values))
}
