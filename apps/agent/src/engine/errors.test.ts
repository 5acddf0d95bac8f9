import { REFUSALS } from '@holdfast/protocol'
import { expect, it } from 'vitest'
import { ENGINE_CODES } from './errors.ts'

it('has words for people for each of its codes', () => {
  expect(ENGINE_CODES.filter((code) => !(code in REFUSALS))).toEqual([])
})
