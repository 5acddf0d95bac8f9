'use client'

/** The fields of each kind of place. What they hold is a draft, whatever kind it is of at the moment. */
import type { ReactNode } from 'react'
import { PasswordField } from '#ui/forms/password-field.tsx'
import { Select } from '#ui/forms/select.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { type Draft, type DraftField, defaultPort, type Problems } from './draft.ts'
import { SshKeys } from './ssh-keys.tsx'

export type PlaceForm = {
  readonly serverId: string
  readonly draft: Draft
  readonly problems: Problems
  readonly onChange: (change: Partial<Draft>) => void
}

export function PlaceFields(form: PlaceForm): ReactNode {
  switch (form.draft.kind) {
    case 'folder':
      return (
        <div className="grid gap-4 sm:grid-cols-2">
          <Text
            {...form}
            field="folder"
            label="Folder on the server"
            hint="An empty folder, best on another disk or a mounted share."
            placeholder="/mnt/backup/fs1"
          />
          <Text
            {...form}
            field="mount"
            label="Mounted at"
            hint="If it is on a disk or share that is mounted: where. Unless it is, nothing is written."
            placeholder="/mnt/backup"
            optional
          />
        </div>
      )
    case 'sftp':
      return (
        <>
          <Machine {...form} />
          <SshKeys {...form} />
        </>
      )
    case 'ftp':
      return (
        <>
          <Machine {...form} />
          <div className="grid gap-4 sm:grid-cols-2">
            <Select
              label="Encryption"
              options={[
                { value: 'explicit', label: 'TLS, explicit (port 21)' },
                { value: 'implicit', label: 'TLS, implicit (port 990)' },
                { value: 'none', label: 'None', hint: 'The password travels in the open.' },
              ]}
              value={form.draft.encryption}
              onValue={(encryption) => form.onChange({ encryption })}
            />
            <Secret {...form} label="Password" />
          </div>
        </>
      )
    case 's3':
      return (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <Text {...form} field="endpoint" label="Endpoint" placeholder="https://s3.example.com" />
            <Text
              {...form}
              field="bucket"
              label="Bucket"
              hint="It must exist already."
              placeholder="acme-backup"
            />
            <Text {...form} field="prefix" label="Folder in the bucket" placeholder="fs1" optional />
            <Text {...form} field="region" label="Region" placeholder="eu-central-1" optional />
            <Text {...form} field="login" label="Access key id" />
            <Secret {...form} label="Secret access key" />
          </div>
          <Certificate {...form} />
        </>
      )
    case 'rest':
      return (
        <>
          <Text {...form} field="address" label="Address" placeholder="https://backup.example.com:8000/fs1" />
          <div className="grid gap-4 sm:grid-cols-2">
            <Text {...form} field="login" label="User" optional />
            <Secret {...form} label="Password" optional />
          </div>
          <Certificate {...form} />
        </>
      )
    case 'rclone':
      return (
        <div className="grid gap-4 sm:grid-cols-2">
          <Text
            {...form}
            field="remote"
            label="Remote"
            hint="As “rclone listremotes” shows it at the server, for the user that the agent runs as."
            placeholder="box"
          />
          <Text {...form} field="path" label="Folder there" placeholder="backup/fs1" optional />
        </div>
      )
  }
}

function Machine(form: PlaceForm) {
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_7rem] lg:grid-cols-[minmax(0,2fr)_6rem_minmax(0,1fr)_minmax(0,2fr)]">
      <Text {...form} field="host" label="Host" placeholder="nas.example.com" />
      <Text
        {...form}
        field="port"
        label="Port"
        placeholder={String(defaultPort(form.draft))}
        inputMode="numeric"
        optional
      />
      <Text {...form} field="user" label="User" placeholder="backup" />
      <Text {...form} field="path" label="Folder there" placeholder="backups/fs1" />
    </div>
  )
}

export function Text({
  draft,
  problems,
  onChange,
  field,
  label,
  hint,
  placeholder,
  optional,
  inputMode,
}: PlaceForm & {
  field: Exclude<DraftField, 'kind' | 'encryption'>
  label: string
  hint?: string
  placeholder?: string
  optional?: boolean
  inputMode?: 'numeric'
}) {
  return (
    <TextField
      label={label}
      hint={hint}
      mono
      optional={optional}
      value={draft[field]}
      error={problems[field]}
      onChange={(event) => onChange({ [field]: event.target.value })}
      placeholder={placeholder}
      inputMode={inputMode}
      autoComplete="off"
      spellCheck={false}
    />
  )
}

export function Secret({
  draft,
  problems,
  onChange,
  label,
  optional,
}: PlaceForm & { label: string; optional?: boolean }) {
  return (
    <PasswordField
      label={label}
      optional={optional}
      value={draft.secret}
      error={problems.secret}
      onValue={(secret) => onChange({ secret })}
    />
  )
}

function Certificate(form: PlaceForm) {
  return (
    <details className="text-small">
      <summary className="w-fit cursor-default rounded-sm text-accent">
        It has a certificate of its own
      </summary>
      <label className="mt-2 flex flex-col gap-1.5">
        <span className="text-ink-muted">
          Paste it here as PEM. It is trusted for this repository and nowhere else.
        </span>
        <textarea
          rows={4}
          value={form.draft.certificate}
          onChange={(event) => form.onChange({ certificate: event.target.value })}
          spellCheck={false}
          className="w-full rounded-md border border-line-field bg-surface p-2 font-mono text-small"
        />
      </label>
      {form.problems.certificate && <p className="text-bad">{form.problems.certificate}</p>}
    </details>
  )
}
