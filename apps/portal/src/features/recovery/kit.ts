import { sealedFileName } from './sealed-archive.ts'

/**
 * What stands on a recovery kit: the key, and how somebody who has never heard of us gets the data back with it, with
 * `age` and `restic` alone. A test does what is printed here, and nothing else.
 */
export type KitBlock =
  | { readonly kind: 'text'; readonly text: string }
  /** Lines to type, each as it stands. */
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  /** The private key, as text and as a QR code. */
  | { readonly kind: 'key'; readonly identity: string }

export type KitSection = { readonly title: string; readonly blocks: readonly KitBlock[] }
export type Kit = {
  readonly title: string
  readonly madeOn: string
  readonly sections: readonly KitSection[]
}

export type KitRepository = {
  readonly repositoryId: string
  readonly name: string
  /** `customer/server`. */
  readonly server: string
  readonly kind: string
  readonly location: string
}

export type KitFacts = {
  readonly customer: { readonly id: string; readonly name: string }
  readonly identity: string
  readonly recipient: string
  readonly madeAt: Date
  readonly repositories: readonly KitRepository[]
}

export function makeKit({ customer, identity, recipient, madeAt, repositories }: KitFacts): Kit {
  return {
    title: `Recovery kit of ${customer.name}`,
    madeOn: `Made on ${madeAt.toISOString().slice(0, 10)}`,
    sections: [
      {
        title: 'The key',
        blocks: [
          text(
            'Whoever has this sheet and a backup can read everything in it. Keep it like the deed of a house: on paper, away from the servers, where only people you trust can reach it. There is no other copy: neither the provider nor its portal has this key.',
          ),
          { kind: 'key', identity },
          text('Its public half, by which servers and the portal name this kit:'),
          code(recipient),
        ],
      },
      {
        title: 'What you need',
        blocks: [
          text(
            'A computer with Linux (for example Debian or Ubuntu, also a live system from a USB stick), the place where the backups are, and two free programs, age and restic:',
          ),
          code('sudo apt install age restic'),
          text('Type the key above into a file of one line (or scan the QR code):'),
          code('nano ~/kit.txt'),
        ],
      },
      {
        title: 'Backups in a folder',
        blocks: [
          text(
            'This is for backups on a disk or a network drive, and for the data of a vault. Go to the folder; the list below names it. If the disk is connected to another computer, its beginning may be different. What opens the backups lies sealed in the folder itself. (If it is not there, see "The file of sealed keys".)',
          ),
          code(`age --decrypt -i ~/kit.txt -o ~/key.txt ${SEAL_PATH}`),
          code("sed -n 's/^password: //p' ~/key.txt > ~/password.txt"),
          text(
            'Look at what there is, then get the newest back (or, in place of "latest", the one whose ID you choose):',
          ),
          code('restic -r . --no-lock --password-file ~/password.txt snapshots'),
          code('restic -r . --no-lock --password-file ~/password.txt restore latest --target ~/restored'),
          text(
            'The files are in the folder "restored" now. If something may not be read, write sudo -E before the line. When you are done:',
          ),
          code('rm ~/kit.txt ~/key.txt ~/password.txt'),
        ],
      },
      {
        title: 'The file of sealed keys',
        blocks: [
          text(
            'For backups that are in no folder, and for folders that have lost theirs, the sealed keys are in one file: "Download sealed keys" on the page of the customer in the portal gives it. Keep one beside this sheet, and a new one from time to time: it is of no use without the key above. Unpack it:',
          ),
          code('tar -xf ~/sealed-keys*.tar -C ~'),
          text(
            'Then take the file that belongs to the backup in place of the one in the folder; the list below names it.',
          ),
        ],
      },
      {
        title: 'Backups elsewhere: SFTP, S3, cloud drives',
        blocks: [
          text(
            'Open the sealed key with the line that stands in the list below. The file key.txt then says after "location:" what to write after "restic -r" in place of the dot, and each line "environment: NAME=value" is to be typed as: export NAME=value',
          ),
        ],
      },
      {
        title: 'Where the backups were when this was printed',
        blocks:
          repositories.length === 0
            ? [
                text(
                  'There were none yet. Each folder with backups that is made later has its sealed key in it.',
                ),
              ]
            : [
                ...repositories.flatMap((repository) => whereIs(customer.id, repository)),
                text(
                  'Backups made later are opened by this kit as well: each folder has its sealed key in it.',
                ),
              ],
      },
    ],
  }
}

/** The fonts that every reader of PDF has know the letters of western Europe only. */
export function inPrint(text: string): string {
  return text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201C\u201D]/g, '"')
    .replace(/[^\x20-\x7E\xA1-\xAC\xAE-\xFF]/gu, '?')
}

const UNPRINTABLE =
  'Letters of this path that cannot be printed here stand as "?". The shell takes each "?" for any letter if you leave out the quotes around the path.'

/** Where the agent lays what it has sealed, within the folder of a repository. */
const SEAL_PATH = 'holdfast-recovery/key.age'

function whereIs(
  customerId: string,
  { kind, location, name, server, repositoryId }: KitRepository,
): KitBlock[] {
  const whose = `${server}, "${name}"`
  if (kind === 'folder')
    return [
      text(`${whose}: a folder of that server.`),
      code(`cd ${quoted(location)}`),
      ...(inPrint(location) === location ? [] : [text(UNPRINTABLE)]),
    ]
  const open = code(`age --decrypt -i ~/kit.txt -o ~/key.txt ~/${sealedFileName(server, name, repositoryId)}`)
  if (kind === 'vault') {
    const folder = `customers/${customerId}/repositories/${repositoryId}`
    return [
      text(`${whose}: in the vault. Go to the data folder of the vault, and there to:`),
      code(`cd ${folder}`),
      open,
    ]
  }
  return [text(`${whose}: ${location}`), open]
}

/** Nothing that a shell would understand as more than a name. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`
}

function text(words: string): KitBlock {
  return { kind: 'text', text: words }
}

function code(...lines: string[]): KitBlock {
  return { kind: 'code', lines }
}
