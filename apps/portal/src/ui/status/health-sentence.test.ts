import { describe, expect, it } from 'vitest'
import { healthSentence } from './health-sentence.ts'
import { noServers } from './roll-up.ts'

describe('the sentence about a set of servers', () => {
  it.each([
    [noServers, 'No servers yet', undefined],
    [{ ...noServers, protected: 1 }, 'The only server is protected', 'protected'],
    [{ ...noServers, never_ran: 1 }, 'The only server is not protected', 'never_ran'],
    [{ ...noServers, protected: 12 }, 'All 12 servers are protected', 'protected'],
    [{ ...noServers, protected: 11, running: 1 }, 'All 12 servers are protected', 'protected'],
    [{ ...noServers, protected: 1411, offline: 1 }, '1 of 1,412 servers is not protected', 'offline'],
    [
      { ...noServers, protected: 409, offline: 2, failing: 1 },
      '3 of 412 servers are not protected',
      'failing',
    ],
    [{ ...noServers, never_ran: 2 }, '2 of 2 servers are not protected', 'never_ran'],
  ] as const)('%j: %s', (counts, sentence, health) => {
    expect(healthSentence(counts)).toEqual({ sentence, health })
  })
})
