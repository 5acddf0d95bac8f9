/**
 * In the browser of a person who holds the recovery key: what opens a repository is unsealed with it, and sealed anew to
 * the agent of another server, which may then read the repository. The key itself, and what it opens, stay in this page.
 */
import { readRepositoryKey, repositoryKeyText } from '@holdfast/protocol'
import { recipientOf, SealingError, seal, unseal } from '@holdfast/protocol/sealing'

/** A key as somebody types it: in any case, in pieces, with the line breaks of a letter. */
export function cleanRecoveryKey(typed: string): string {
  return typed.replace(/\s/g, '').toUpperCase()
}

/**
 * What the command `openRepository` takes as `sealed`. Fails with a `SealingError`, whose sentence is for the person.
 *
 * @param sealedTo the recipient that the repository's key is sealed to, so that the wrong kit is told by its name
 */
export async function resealForAgent({
  recoveryKey,
  sealed,
  sealedTo,
  agentRecipient,
}: {
  readonly recoveryKey: string
  readonly sealed: string
  readonly sealedTo: string
  readonly agentRecipient: string
}): Promise<string> {
  const identity = cleanRecoveryKey(recoveryKey)
  if ((await recipientOf(identity)) !== sealedTo)
    throw new SealingError(
      `This is the key of another recovery kit. The one that opens this repository says: ${sealedTo}`,
    )
  const key = readRepositoryKey(await unseal(sealed, identity))
  if (key === null) throw new SealingError('What was opened is not the key of a repository.')
  return seal(repositoryKeyText(key), [agentRecipient])
}
