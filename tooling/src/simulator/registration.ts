import * as opaque from '@serenity-kit/opaque'
import { SIMULATED_STRETCHING } from './server.ts'

/** The OPAQUE record of a simulated server, as the portal's registration makes it, but for the cheap stretching. */
export function registerSimulated(serverSetup: string, serverId: string, password: string): string {
  const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({ password })
  const { registrationResponse } = opaque.server.createRegistrationResponse({
    serverSetup,
    userIdentifier: serverId,
    registrationRequest,
  })
  return opaque.client.finishRegistration({
    clientRegistrationState,
    registrationResponse,
    password,
    keyStretching: SIMULATED_STRETCHING,
  }).registrationRecord
}
