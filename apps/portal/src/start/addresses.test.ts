import { describe, expect, test } from 'vitest'
import { readSettings } from '../settings.ts'
import { gatewayAddresses, hostAndPort, requirePrivateConsole } from './addresses.ts'

describe('the console', () => {
  test.each([
    [{}],
    [{ HOLDFAST_CONSOLE_HOST: '127.0.0.2' }],
    [{ HOLDFAST_CONSOLE_HOST: '::1' }],
    [{ HOLDFAST_CONSOLE_HOST: 'localhost' }],
    [{ HOLDFAST_CONSOLE_HOST: '0.0.0.0', HOLDFAST_CONSOLE_URL: 'https://console.example' }],
    [
      {
        HOLDFAST_CONSOLE_HOST: '0.0.0.0',
        HOLDFAST_CONSOLE_CERTIFICATE: 'c.pem',
        HOLDFAST_CONSOLE_KEY: 'k.pem',
      },
    ],
  ])('may listen with %j', (variables) => {
    expect(() => requirePrivateConsole(readSettings(variables))).not.toThrow()
  })

  test.each([
    [{ HOLDFAST_CONSOLE_HOST: '0.0.0.0' }],
    [{ HOLDFAST_CONSOLE_HOST: '::' }],
    [{ HOLDFAST_CONSOLE_HOST: '192.0.2.1' }],
    [{ HOLDFAST_CONSOLE_HOST: '127.evil.example' }],
    [{ HOLDFAST_CONSOLE_HOST: '0.0.0.0', HOLDFAST_CONSOLE_URL: 'http://console.example' }],
  ])('does not start with %j: passwords would cross the network in the clear', (variables) => {
    expect(() => requirePrivateConsole(readSettings(variables))).toThrow(
      expect.objectContaining({
        code: 'console_not_private',
        explanation: expect.stringContaining('HOLDFAST_CONSOLE_URL'),
      }),
    )
  })
})

describe('agents are told to dial', () => {
  test('what was set, in that order', () => {
    const settings = readSettings({ HOLDFAST_GATEWAY_ADDRESSES: 'b.example:1, a.example:2' })
    expect(gatewayAddresses(settings)).toEqual(['b.example:1', 'a.example:2'])
  })

  test('otherwise where the gateway listens', () => {
    const onlyThere = { HOLDFAST_GATEWAY_HOST: '::1', HOLDFAST_GATEWAY_PORT: '5' }
    expect(gatewayAddresses(readSettings(onlyThere))).toEqual(['[::1]:5'])
    const everywhere = gatewayAddresses(readSettings({}))
    expect(everywhere.length).toBeGreaterThan(0)
    for (const address of everywhere) expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+:16888$/)
  })

  test('each port of the gateway, before any second address of this machine', () => {
    const own = { HOLDFAST_GATEWAY_HOST: '192.0.2.1', HOLDFAST_GATEWAY_ALSO: '443, [2001:db8::1]:50000' }
    const settings = readSettings(own)
    expect(settings.gateway.places).toEqual([
      { host: '192.0.2.1', port: 16888 },
      { host: '192.0.2.1', port: 443 },
      { host: '2001:db8::1', port: 50000 },
    ])
    const told = ['192.0.2.1:16888', '192.0.2.1:443', '[2001:db8::1]:50000']
    expect(gatewayAddresses(settings)).toEqual(told)
    const everywhere = gatewayAddresses(readSettings({ HOLDFAST_GATEWAY_ALSO: '443' }))
    expect(everywhere.slice(0, 2).map((address) => address.split(':')[1])).toEqual(['16888', '443'])
  })

  test.each(['443, somewhere', '70000', '-1', '1,2,3,4,5,6,7,8'])('nothing of %j', (also) => {
    expect(() => readSettings({ HOLDFAST_GATEWAY_ALSO: also })).toThrow('HOLDFAST_GATEWAY_ALSO')
  })

  test('addresses of either family', () => {
    expect([hostAndPort('::1', 1), hostAndPort('a.example', 1)]).toEqual(['[::1]:1', 'a.example:1'])
  })
})
