import { KEY_STRETCHING } from '@holdfast/protocol'
import * as opaque from '@serenity-kit/opaque'

export type OpaqueRegistration = { readonly serverSetup: string; readonly record: string }

/** What a portal keeps of a password after the browser of the person who added the server has registered it. */
export async function registerPassword(
  password: string,
  userIdentifier: string,
): Promise<OpaqueRegistration> {
  await opaque.ready
  const serverSetup = opaque.server.createSetup()
  const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({ password })
  const { registrationResponse } = opaque.server.createRegistrationResponse({
    serverSetup,
    userIdentifier,
    registrationRequest,
  })
  const { registrationRecord } = opaque.client.finishRegistration({
    clientRegistrationState,
    registrationResponse,
    password,
    keyStretching: KEY_STRETCHING,
  })
  return { serverSetup, record: registrationRecord }
}
