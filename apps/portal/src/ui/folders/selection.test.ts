import { describe, expect, it } from 'vitest'
import { checkedState, choose, isInside, unchoose } from './selection.ts'

const folders: Record<string, string[]> = {
  '/': ['/etc', '/home', '/srv'],
  '/home': ['/home/anna', '/home/ben'],
  '/home/anna': ['/home/anna/mail', '/home/anna/photos', '/home/anna/tax.ods'],
}
const childrenOf = (folder: string) => folders[folder]

describe('a path lies in a folder', () => {
  it.each([
    ['/srv/data', '/srv', true],
    ['/srv', '/', true],
    ['/srv2', '/srv', false],
    ['/srv', '/srv', false],
    ['C:\\Users\\Anna', 'C:\\Users', true],
    ['C:\\Users', 'C:\\', true],
    ['C:\\Users2', 'C:\\Users', false],
  ])('%s in %s: %s', (path, folder, inside) => expect(isInside(path, folder)).toBe(inside))
})

describe('a box', () => {
  it('is ticked with its folder, and mixed when only something in it is', () => {
    expect(checkedState('/home/anna', ['/home'])).toBe(true)
    expect(checkedState('/home', ['/home/anna'])).toBe('mixed')
    expect(checkedState('/srv', ['/home'])).toBe(false)
  })
})

describe('choosing', () => {
  it('a folder takes in what was chosen inside it', () => {
    expect(choose('/home', ['/srv', '/home/anna', '/home/ben'])).toEqual(['/srv', '/home'])
  })

  it('what is chosen already changes nothing', () => {
    expect(choose('/home/anna', ['/home'])).toEqual(['/home'])
  })
})

describe('taking out', () => {
  it('a chosen path just removes it', () => {
    expect(unchoose('/home', ['/srv', '/home'], childrenOf)).toEqual(['/srv'])
  })

  it('a mixed folder removes all that is chosen in it', () => {
    expect(unchoose('/home', ['/srv', '/home/anna/mail', '/home/ben'], childrenOf)).toEqual(['/srv'])
  })

  it('one item of a chosen folder leaves the others, at every level in between', () => {
    const left = unchoose('/home/anna/mail', ['/'], childrenOf)
    expect(left).toEqual(['/etc', '/srv', '/home/ben', '/home/anna/photos', '/home/anna/tax.ods'])
    expect(checkedState('/home/anna/mail', left ?? [])).toBe(false)
    expect(checkedState('/home/anna', left ?? [])).toBe('mixed')
  })

  it('cannot be said while the items of a chosen folder are not known', () => {
    expect(unchoose('/srv/data/a', ['/srv'], childrenOf)).toBeUndefined()
  })
})
