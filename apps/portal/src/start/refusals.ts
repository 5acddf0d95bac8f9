/**
 * Why the portal does not start, as a closed list: each with what it means and what to do, for the person at the
 * terminal. What the database itself refuses is told by `@holdfast/database`.
 */
const REFUSALS = {
  opaque_setup_lost: {
    title: "The portal's OPAQUE set-up is gone",
    meaning:
      'Servers are registered here, and their password records are worthless without the set-up they were made with. A new one would lock every server out for good, so none was made and nothing was changed.',
    todo: 'Bring back the file named below from a backup of the portal. If it is lost for ever, move the database away too, start afresh and join every server again.',
  },
  key_unusable: {
    title: 'A key file cannot be used',
    meaning: 'It is empty, damaged, or may not be read by the user that the portal runs as.',
    todo: 'Bring back the file named below from a backup of the portal, or correct its owner. Do not delete it before you know what it is for: README in the same folder says so.',
  },
  console_not_private: {
    title: 'The console would be open to eavesdroppers',
    meaning:
      'It was asked to listen on an address that others can reach, without TLS. Passwords and sessions would cross the network in the clear.',
    todo: 'Give it a certificate (HOLDFAST_CONSOLE_CERTIFICATE and HOLDFAST_CONSOLE_KEY). Or put a reverse proxy with TLS in front and name its address in HOLDFAST_CONSOLE_URL=https://... Or let it listen on 127.0.0.1.',
  },
  certificate_unusable: {
    title: 'A certificate cannot be used',
    meaning: 'The file is missing, is not PEM, or the key does not belong to the certificate.',
    todo: 'Correct the two files named in the settings. Both must be PEM, the certificate first in its file and then its chain.',
  },
  console_not_built: {
    title: 'The console has not been built',
    meaning: 'There is no production build of its pages.',
    todo: 'Run "npm run build", or "npm start", which does it for you. While developing, set HOLDFAST_DEVELOPMENT=1.',
  },
  data_unwritable: {
    title: 'The data folder cannot be used',
    meaning:
      'It could not be made, or the lock in it could not be written: it may belong to another user, as after a start by root, or the disk may be full or read-only.',
    todo: 'Correct its owner and that of everything in it, make room, or name another folder in HOLDFAST_DATA.',
  },
  portal_running: {
    title: 'This portal is running already',
    meaning: 'Another process holds the lock of its data folder. It was left alone, and goes on.',
    todo: 'Use the one that runs, or end it first. For a second portal beside it, name another folder in HOLDFAST_DATA.',
  },
  port_taken: {
    title: 'The port is taken',
    meaning: 'Another program, perhaps another portal, listens there already.',
    todo: 'End that program, or choose another port with HOLDFAST_CONSOLE_PORT or HOLDFAST_GATEWAY_PORT.',
  },
  port_forbidden: {
    title: 'The portal may not listen there',
    meaning: 'The system does not let this user listen on that port, or the address is none of this machine.',
    todo: 'Choose a port above 1023 and an address of this machine, or give the program the right (CAP_NET_BIND_SERVICE).',
  },
} as const satisfies Record<string, { title: string; meaning: string; todo: string }>

export type StartRefusalCode = keyof typeof REFUSALS

export class StartRefused extends Error {
  readonly code: StartRefusalCode
  /** What a person at the terminal reads. */
  readonly explanation: string

  /** @param detail the facts of this case: a file, an address. Never a secret. */
  constructor(code: StartRefusalCode, detail: string, cause?: unknown) {
    const { title, meaning, todo } = REFUSALS[code]
    super(`${title} (${detail}) [${code}]`, { cause })
    this.name = 'StartRefused'
    this.code = code
    this.explanation = `${title} (${detail}) [${code}]\n  ${meaning}\n  ${todo}`
  }
}
