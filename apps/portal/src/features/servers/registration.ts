/**
 * The portal's half of registering a management password by OPAQUE (RFC 9807). The browser sends a blinded password and
 * later a record; neither tells the password. The record is bound to the server's id (`userIdentifier`), which is why the
 * id is made before the server is.
 */
import * as opaque from '@serenity-kit/opaque'
import { fail } from '#trpc/failure.ts'

export type Blinded = { readonly serverId: string; readonly registrationRequest: string }

/** Errors: `registration_unusable` when the browser sent something else. */
export async function answerRegistration(serverSetup: string, { serverId, registrationRequest }: Blinded) {
  await opaque.ready
  try {
    return opaque.server.createRegistrationResponse({
      serverSetup,
      userIdentifier: serverId,
      registrationRequest,
    }).registrationResponse
  } catch {
    throw fail('registration_unusable')
  }
}

/**
 * A record that cannot be logged in with would lock the server out, and nobody would know why. The only way to look into
 * one is to begin a login with it. Errors: `registration_unusable`.
 */
export async function checkRecord(
  serverSetup: string,
  serverId: string,
  registrationRecord: string,
): Promise<void> {
  await opaque.ready
  const { startLoginRequest } = opaque.client.startLogin({ password: '' })
  try {
    opaque.server.startLogin({ serverSetup, userIdentifier: serverId, registrationRecord, startLoginRequest })
  } catch {
    throw fail('registration_unusable')
  }
}
