/** All sealed keys of a customer as one .tar file: a format that every system opens, and that takes 20 lines to write. */
export type SealedFile = { readonly name: string; readonly text: string }

const BLOCK = 512

export function tar(files: readonly SealedFile[], at: Date): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const parts = files.flatMap(({ name, text }) => {
    const body = encoder.encode(text)
    return [header(name, body.length, at), padded(body)]
  })
  const end = new Uint8Array(2 * BLOCK)
  const whole = new Uint8Array([...parts, end].reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** POSIX ustar. Names are ours, short and plain. */
function header(name: string, size: number, at: Date): Uint8Array {
  const block = new Uint8Array(BLOCK)
  const write = (offset: number, text: string) => block.set(new TextEncoder().encode(text), offset)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  write(0, name.slice(0, 99))
  write(100, octal(0o600, 7))
  write(108, octal(0, 7))
  write(116, octal(0, 7))
  write(124, octal(size, 11))
  write(136, octal(Math.floor(at.getTime() / 1_000), 11))
  write(148, ' '.repeat(8))
  write(156, '0')
  write(257, 'ustar\u000000')
  write(
    148,
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
  )
  return block
}

function padded(body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(body.length / BLOCK) * BLOCK)
  whole.set(body)
  return whole
}

/** `acme-fs1-second-disk-0123456789ab.age`: told apart by the end of the id, whatever the names are. */
export function sealedFileName(server: string, name: string, repositoryId: string): string {
  const slug = `${server} ${name}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 70)
  return `${slug}-${repositoryId.slice(-12)}.age`
}
