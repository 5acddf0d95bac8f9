import { type RepositoryKey, readRepositoryKey, repositoryKeyText } from '@holdfast/protocol'
import { makeKeyPair, SealingError, seal, unseal } from '@holdfast/protocol/sealing'
import { expect, test } from 'vitest'
import { resealForAgent } from './reseal.ts'

const kit = await makeKeyPair()
const agent = await makeKeyPair()
const about = { repositoryId: '019a3f00-6666-7aaa-8bbb-0123456789ab', name: 'Disk', server: 'acme/fs1' }
const key: RepositoryKey = {
  ...{ ...about, password: 'secret', location: 's3:https://s3/b', environment: { A: 'b' } },
  credentials: '{"credentials":{}}',
}
const sealed = await seal(repositoryKeyText(key), [kit.recipient])
const asked = { sealed, sealedTo: kit.recipient, agentRecipient: agent.recipient }

test('what the kit opens is sealed anew, and only the other agent opens that', async () => {
  const typed = ` ${kit.identity.toLowerCase().slice(0, 40)}\n${kit.identity.toLowerCase().slice(40)} `
  const anew = await resealForAgent({ ...asked, recoveryKey: typed })
  expect(readRepositoryKey(await unseal(anew, agent.identity))).toEqual(key)
  await expect(unseal(anew, kit.identity)).rejects.toThrow(SealingError)
})

test('the key of another kit is told by its name, and a slip of the pen as such', async () => {
  const other = await makeKeyPair()
  await expect(resealForAgent({ ...asked, recoveryKey: other.identity })).rejects.toThrow(kit.recipient)
  await expect(resealForAgent({ ...asked, recoveryKey: kit.identity.slice(0, -1) })).rejects.toThrow(
    'This is not a private key of age',
  )
  await expect(
    resealForAgent({ ...asked, sealed: await seal('x', [kit.recipient]), recoveryKey: kit.identity }),
  ).rejects.toThrow('not the key of a repository')
})
