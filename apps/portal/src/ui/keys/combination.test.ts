import { describe, expect, it } from 'vitest'
import { followPresses, type KeyPress, pressName, printKeys } from './combination.ts'

const plain: KeyPress = { key: '', metaKey: false, ctrlKey: false, altKey: false, shiftKey: false }

describe('naming a press', () => {
  it('reads mod as Cmd on a Mac and as Ctrl elsewhere', () => {
    expect(pressName({ ...plain, key: 'k', metaKey: true }, true)).toBe('mod+k')
    expect(pressName({ ...plain, key: 'K', ctrlKey: true }, false)).toBe('mod+k')
    expect(pressName({ ...plain, key: 'k', ctrlKey: true }, true)).toBe('k')
  })

  it('takes a shifted character for what it prints', () => {
    expect(pressName({ ...plain, key: '?', shiftKey: true }, false)).toBe('?')
    expect(pressName({ ...plain, key: 'Enter', shiftKey: true }, false)).toBe('shift+enter')
  })
})

describe('following presses', () => {
  const bindings = ['g l', 'g s', '/', 'mod+k', 'l']

  it('matches a single key at once', () => {
    expect(followPresses(bindings, '', '/')).toEqual({ matched: '/', pending: '' })
  })

  it('waits for the second key of a longer binding', () => {
    expect(followPresses(bindings, '', 'g')).toEqual({ pending: 'g' })
    expect(followPresses(bindings, 'g', 'l')).toEqual({ matched: 'g l', pending: '' })
  })

  it('forgets a beginning that leads nowhere, but not the key that ended it', () => {
    expect(followPresses(bindings, 'g', 'x')).toEqual({ pending: '' })
    expect(followPresses(bindings, 'g', '/')).toEqual({ matched: '/', pending: '' })
  })
})

it('prints bindings as the keyboard of the person shows them', () => {
  expect(printKeys('mod+k', true)).toEqual(['⌘K'])
  expect(printKeys('mod+k', false)).toEqual(['Ctrl K'])
  expect(printKeys('g l', false)).toEqual(['G', 'L'])
  expect(printKeys('enter', false)).toEqual(['↵'])
})
