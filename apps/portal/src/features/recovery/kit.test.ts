import { makeKeyPair } from '@holdfast/protocol/sealing'
import { expect, test } from 'vitest'
import { type KitBlock, makeKit } from './kit.ts'
import { drawKit } from './kit-pdf.ts'

const { identity, recipient } = await makeKeyPair()
const facts = {
  customer: { id: '019a3f00-1111-7aaa-8bbb-0123456789ab', name: 'Łódź & Söhne' },
  ...{ identity, recipient, madeAt: new Date('2026-11-21T07:14:03Z') },
}
const at = { repositoryId: '019a3f00-6666-7aaa-8bbb-0123456789ab', name: 'Disk', server: 'acme/fs1' }
const linesOf = (blocks: readonly KitBlock[]) =>
  blocks.flatMap((block) => (block.kind === 'code' ? block.lines : []))

test('a path is quoted so that a shell takes it as a name and nothing else', () => {
  const location = "/mnt/it's $(reboot) `x`"
  const kit = makeKit({ ...facts, repositories: [{ ...at, kind: 'folder', location }] })
  expect(linesOf(kit.sections.at(-1)?.blocks ?? [])).toEqual([`cd '/mnt/it'\\''s $(reboot) \`x\`'`])
})

test('letters that cannot be printed are told as such', () => {
  const blocks = (location: string) =>
    makeKit({ ...facts, repositories: [{ ...at, kind: 'folder', location }] }).sections.at(-1)?.blocks ?? []
  expect(blocks('/mnt/Łódź')).toHaveLength(blocks('/mnt/Zürich').length + 1)
})

test('a repository in a vault is found below the data of the vault', () => {
  const kit = makeKit({ ...facts, repositories: [{ ...at, kind: 'vault', location: 'vault:x' }] })
  expect(linesOf(kit.sections.at(-1)?.blocks ?? [])).toEqual([
    `cd customers/${facts.customer.id}/repositories/${at.repositoryId}`,
    'age --decrypt -i ~/kit.txt -o ~/key.txt ~/acme-fs1-disk-0123456789ab.age',
  ])
})

test('whatever stands on a kit can be drawn, on as many pages as it takes', async () => {
  const repositories = Array.from({ length: 60 }, (_, number) => ({
    ...at,
    ...{ name: `日本 \u202E ${number}`, kind: 'folder', location: `/mnt/${'x'.repeat(200)}/${number}` },
  }))
  const pdf = await drawKit(makeKit({ ...facts, repositories }))
  expect(new TextDecoder().decode(pdf.subarray(0, 5))).toBe('%PDF-')
})
