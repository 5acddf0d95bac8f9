import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { ownTls, readTls } from '../keys/certificate.ts'
import { readTokenKeys } from '../keys/token-keys.ts'
import { readSecond } from '../second/settings.ts'
import { makeFolderDurably, replaceFileDurably } from '../storage/durable.ts'
import { startVault } from '../vault.ts'
import { type CliCommand, EXIT, hint } from './command.ts'

export const serve: CliCommand = async (_, settings) => {
  const { data, host, names, tlsFiles, readyFile } = settings
  await makeFolderDurably(data)
  const tokenKeys = await readTokenKeys(data)
  if (tokenKeys.length === 0)
    throw new Error(
      'This vault trusts no key yet, so it would let nobody in. See "holdfast-vault key" in its help.',
    )
  const tls = tlsFiles === null ? await ownTls(data, names) : await readTls(tlsFiles)
  const asked = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
  const vault = await startVault({
    data,
    host,
    port: settings.port,
    tls,
    tokenKeys,
    second: await readSecond(data),
    log: (line) => hint(`${new Date().toISOString()}  ${line}`),
  })
  hint(`The vault serves ${data} on ${host}, port ${vault.port}.`)
  hint(`The fingerprint of its certificate (SHA-256): ${new X509Certificate(tls.certificate).fingerprint256}`)
  if (readyFile !== null) await replaceFileDurably(readyFile, `${JSON.stringify({ port: vault.port })}\n`)
  await asked
  hint('Ending: what is being sent or received gets ten seconds.')
  await vault.close()
  return EXIT.done
}
