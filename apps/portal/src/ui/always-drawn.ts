import { defaultRangeExtractor, type Range } from '@tanstack/react-virtual'

/** For a virtual list: the row with the focus is drawn however far it is scrolled away, or the focus would be lost. */
export function alwaysDrawn(index: number | undefined): (range: Range) => number[] {
  return (range) => {
    const near = defaultRangeExtractor(range)
    const isDrawn = index === undefined || index >= range.count || near.includes(index)
    return isDrawn ? near : [...near, index].sort((a, b) => a - b)
  }
}
