import { credentialsText, type RepositoryCredentials, type RepositoryPlace } from '@holdfast/protocol'

/**
 * In the browser: closes a login with the server's public key, for this place and no other. What goes to the portal is
 * what comes out here. The library is fetched when somebody really enters a login.
 */
export async function sealLogin(
  place: RepositoryPlace,
  credentials: RepositoryCredentials,
  recipient: string,
): Promise<string> {
  const { seal } = await import('@holdfast/protocol/sealing')
  return seal(credentialsText(place, credentials), [recipient])
}
