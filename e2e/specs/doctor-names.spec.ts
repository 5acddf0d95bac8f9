/**
 * The doctor at a server has to call a fault by its name. Here are those that can be made in a moment on any machine;
 * `npm run doctor:faults` makes all of them, also those of a network.
 */
import { CONTROL, type Fault, Laboratory, ON_LOOPBACK, Scene } from '@holdfast/tooling/doctor-faults'
import { expect, test } from '@playwright/test'

const HANDFUL = [
  'connection refused',
  'TLS to a plain port',
  "interception by an authority in the system's own store",
  'a proxy strips the upgrade',
  'the proxy needs a password',
  'wrong password',
  'the clock is a day off',
  'the listening port is taken',
]

let laboratory: Laboratory

test.beforeAll(async () => {
  laboratory = await Laboratory.start()
})
test.afterAll(async () => {
  await laboratory[Symbol.asyncDispose]()
})

test('where nothing is wrong the doctor finds nothing', async () => {
  const { codes, text } = await Scene.perform(laboratory, CONTROL)
  expect(codes, text).toEqual([])
})

for (const name of HANDFUL)
  test(`the doctor names: ${name}`, async () => {
    const fault = faultCalled(name)
    const { codes, text } = await Scene.perform(laboratory, fault)
    expect(codes, text).toContain(fault.expected)
    for (const fact of fault.facts ?? []) expect(text).toContain(fact)
  })

function faultCalled(wanted: string): Fault {
  const fault = ON_LOOPBACK.find(({ name }) => name === wanted)
  if (fault === undefined) throw new Error(`doctor-faults makes no "${wanted}".`)
  return fault
}
