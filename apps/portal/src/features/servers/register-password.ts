/**
 * The browser's half of registering a management password by OPAQUE (RFC 9807): the password is blinded here, and only
 * the blinded form and the record made of it leave this page. 34 ms of the computer's time, and 131 kB of WebAssembly
 * that is loaded when it is first needed.
 */
import { KEY_STRETCHING } from '@holdfast/protocol'

export type PortalHalf<Begun extends { readonly registrationResponse: string }, Registered> = {
  /** `servers.beginRegistration` or `servers.beginPasswordChange`. */
  readonly begin: (registrationRequest: string) => Promise<Begun>
  /** `servers.register` or `servers.changePassword`. */
  readonly finish: (registrationRecord: string, begun: Begun) => Promise<Registered>
}

/** Gives what `finish` gives, and rejects with what `begin` or `finish` rejected with. */
export async function registerPassword<Begun extends { readonly registrationResponse: string }, Registered>(
  password: string,
  { begin, finish }: PortalHalf<Begun, Registered>,
): Promise<Registered> {
  const opaque = await import('@serenity-kit/opaque')
  await opaque.ready
  const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({ password })
  const begun = await begin(registrationRequest)
  const { registrationRecord } = opaque.client.finishRegistration({
    password,
    clientRegistrationState,
    registrationResponse: begun.registrationResponse,
    keyStretching: KEY_STRETCHING,
  })
  return finish(registrationRecord, begun)
}
