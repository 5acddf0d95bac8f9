import { expect, test } from 'vitest'
import { type RepositoryKey, readRepositoryKey, repositoryKeyText } from './repository-key.ts'

const KEY: RepositoryKey = {
  password: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA',
  location: 's3:https://s3.example.com/backups/fs 1',
  environment: { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'a=b: c' },
  credentials: '{"accessKey":"AKIA","secretKey":"a=b: c"}',
  repositoryId: '019a3f00-6666-7aaa-8bbb-0123456789ab',
  name: 'Second disk',
  server: 'acme/fs1',
}

test('what opens a repository is a text for people, and is read back as it was', () => {
  const text = repositoryKeyText(KEY)
  expect(text).toContain(`\npassword: ${KEY.password}\n`)
  expect(text).toContain('\nenvironment: AWS_SECRET_ACCESS_KEY=a=b: c\n')
  expect(readRepositoryKey(text)).toEqual(KEY)
  const folder: RepositoryKey = { ...KEY, environment: {}, credentials: null }
  expect(readRepositoryKey(repositoryKeyText(folder))).toEqual(folder)
})

test('a name cannot pass for another line', () => {
  const text = repositoryKeyText({ ...KEY, name: 'Disk\npassword: mine\u2028location: elsewhere' })
  expect(text.match(/^password: /gm)).toHaveLength(1)
  expect(readRepositoryKey(text)).toMatchObject({ password: KEY.password, location: KEY.location })
})

test.each([
  '',
  'a password',
  'password: x\n',
  repositoryKeyText(KEY).replace('repository: 0', 'repository: x'),
])('%j opens nothing', (text) => {
  expect(readRepositoryKey(text)).toBeNull()
})
