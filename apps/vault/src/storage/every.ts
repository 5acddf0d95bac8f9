import { vaultId } from '@holdfast/protocol/vault-token'
import { customersFolder, type RepositoryName, repositoriesFolder, repositoryFolder } from './places.ts'
import { entriesOf, Repository } from './repository.ts'

export type Found = { readonly name: RepositoryName; readonly repository: Repository }

/** Every customer that this vault has a folder of, in order. */
export async function customersOf(data: string): Promise<string[]> {
  return idsIn(customersFolder(data))
}

/** Every repository of the vault, or only those of a customer, or that one alone. */
export async function* eachRepository(
  data: string,
  only: Partial<RepositoryName> = {},
): AsyncGenerator<Found> {
  for (const customer of await customersOf(data)) {
    if (only.customer !== undefined && only.customer !== customer) continue
    for (const repository of await idsIn(repositoriesFolder(data, customer))) {
      if (only.repository !== undefined && only.repository !== repository) continue
      const name = { customer, repository }
      yield { name, repository: new Repository(repositoryFolder(data, name)) }
    }
  }
}

/** Folders that are called like an id; whatever else lies there is none of ours. */
async function idsIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder)
  return entries
    .filter((entry) => entry.isDirectory() && vaultId.safeParse(entry.name).success)
    .map(({ name }) => name)
    .sort()
}
