import { expect, test } from 'vitest'
import { readSettings, SettingsError } from './settings.ts'

test('settings come from the environment', () => {
  const settings = readSettings({
    HOLDFAST_AGENT_STATE: '/srv/holdfast',
    HOLDFAST_RESTIC: '/opt/restic',
    HOLDFAST_LOG_LEVEL: 'warn',
  })
  expect(settings).toEqual({ stateFolder: '/srv/holdfast', restic: '/opt/restic', logLevel: 'warn' })
})

test('an empty variable is as good as none', () => {
  const settings = readSettings({ HOLDFAST_AGENT_STATE: '', HOLDFAST_RESTIC: '', HOLDFAST_LOG_LEVEL: '' })
  expect(settings).toMatchObject({ restic: null, logLevel: 'info' })
  expect(settings.stateFolder).toContain('holdfast-agent')
})

test('a wrong one is named', () => {
  expect(() => readSettings({ HOLDFAST_LOG_LEVEL: 'loud' })).toThrow(SettingsError)
  expect(() => readSettings({ HOLDFAST_LOG_LEVEL: 'loud' })).toThrow(/HOLDFAST_LOG_LEVEL/)
})
