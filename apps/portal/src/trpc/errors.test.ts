import { REFUSALS } from '@holdfast/protocol'
import { TRPCError } from '@trpc/server'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { describeError } from './describe-error.ts'
import { ERRORS } from './errors.ts'
import { fail, fromServer } from './failure.ts'

describe('what a browser is told', () => {
  test('of an error of the list is its entry', () => {
    const { title, meaning, todo } = ERRORS.handle_taken
    expect(describeError(fail('handle_taken', 'handle'))).toEqual({
      problem: { code: 'handle_taken', title, meaning, todo },
      refusal: null,
      fields: { handle: [title] },
      id: null,
    })
  })

  test('of a server’s refusal is the protocol’s entry, and the server’s own words apart from it', () => {
    const { title, meaning, todo } = REFUSALS.disk_full
    expect(describeError(fromServer({ code: 'disk_full', detail: '<b>0 bytes</b>' }))).toEqual({
      problem: { code: 'disk_full', title, meaning, todo },
      refusal: { code: 'disk_full', detail: '<b>0 bytes</b>' },
      fields: {},
      id: null,
    })
  })

  test('of bad input are the messages, by field', () => {
    const input = z.object({
      name: z.string().min(1, 'Give it a name.'),
      paths: z.array(z.string().min(1, 'Empty.')),
    })
    const { error: cause } = input.safeParse({ name: '', paths: ['a', ''] })
    expect(describeError(new TRPCError({ code: 'BAD_REQUEST', cause }))).toMatchObject({
      problem: { code: 'invalid_input' },
      fields: { name: ['Give it a name.'], 'paths.1': ['Empty.'] },
    })
  })

  test('of our own mistakes is a number and nothing else, the same each time', () => {
    const secret = new Error('password authentication failed for user "holdfast_app" at 10.0.0.3')
    const error = new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: secret, message: secret.message })
    const data = describeError(error)
    expect(data.problem.code).toBe('unexpected')
    expect(data.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(JSON.stringify(data)).not.toContain('holdfast_app')
    expect(describeError(error)).toBe(data)
  })

  test('of a broken row is not that the input was wrong', () => {
    const { error: cause } = z.object({ name: z.string() }).safeParse({})
    const error = new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause })
    expect(describeError(error).problem.code).toBe('unexpected')
  })
})
