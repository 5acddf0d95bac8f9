/**
 * Every way in which the vault says no: the status for the program, the sentence for the person who reads restic's
 * output. A closed list, so that a caller learns nothing that was not written here on purpose.
 */
export const REFUSALS = {
  token_missing: [401, 'A vault token is needed: as the password of this request, or as its bearer.'],
  token_unusable: [401, 'This vault token is damaged, or was not signed by a key that this vault trusts.'],
  token_expired: [401, 'This vault token has expired. The next run gets a new one.'],
  token_too_wide: [403, 'This vault token asks for more than its agent was granted.'],
  wrong_repository: [403, 'This vault token is for another repository.'],
  mode_forbids: [403, 'This vault token does not allow that.'],
  config_exists: [403, 'The repository has a config, which is never replaced.'],
  not_the_protocol: [400, 'This is no path of the restic REST protocol.'],
  method_unknown: [405, 'This path has no such method.'],
  not_offered: [501, 'The vault never removes a whole repository.'],
  not_found: [404, 'There is no such object.'],
  no_repository: [404, 'This repository was not created yet.'],
  range_outside: [416, 'The object has no such range.'],
  too_large: [413, 'An object of this kind is never that large.'],
  wrong_hash: [400, 'What was received is not what its name says: it was changed or cut on its way.'],
  cut_short: [400, 'Less was received than was announced.'],
  too_slow: [408, 'Next to nothing was sent or taken for too long.'],
  too_many_requests: [429, 'This token has asked too often.'],
  busy: [503, 'The vault is serving as many requests as it can.'],
  quota_exceeded: [507, 'The quota of this repository is used up.'],
  disk_full: [507, 'The disk of the vault is full.'],
  broken: [500, 'The vault could not do this; its log says why.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>

export type RefusalCode = keyof typeof REFUSALS

export class Refused extends Error {
  override name = 'Refused'
  readonly code: RefusalCode
  readonly headers: Readonly<Record<string, string>>
  constructor(code: RefusalCode, headers: Readonly<Record<string, string>> = {}) {
    super(REFUSALS[code][1])
    this.code = code
    this.headers = headers
  }
}

export function unauthorized(code: 'token_missing' | 'token_unusable' | 'token_expired'): Refused {
  return new Refused(code, { 'WWW-Authenticate': 'Basic realm="Holdfast vault"' })
}
