import { expect, test } from 'vitest'
import { attachment, fitName } from './content-disposition.ts'

test('a name is given whole, and plainly for what reads nothing else', () => {
  expect(attachment('Rechnung März.pdf')).toBe(
    `attachment; filename="Rechnung M_rz.pdf"; filename*=UTF-8''Rechnung%20M%C3%A4rz.pdf`,
  )
  expect(attachment(`it's (1).txt`)).toBe(
    `attachment; filename="it's (1).txt"; filename*=UTF-8''it%27s%20%281%29.txt`,
  )
})

test.each([
  ['../../etc/passwd', '__.._etc_passwd'],
  ['C:\\autoexec.bat', 'C__autoexec.bat'],
  ['.bashrc', '_bashrc'],
  ['..', 'download'],
  ['', 'download'],
  [' . ', 'download'],
  ['a"; filename=evil.exe; "', 'a_; filename=evil.exe; _'],
  ['line\r\nSet-Cookie: x', 'line__Set-Cookie_ x'],
  ['invoice\u202Efdp.exe', 'invoice_fdp.exe'],
  ['half \uD800', 'half \uFFFD'],
])('%j is saved as %j', (name, fit) => {
  expect(fitName(name)).toBe(fit)
  // One line of ASCII, whatever it was: nothing can end the header, or begin another.
  expect(attachment(name)).toMatch(/^[\x20-\x7e]+$/)
  expect(attachment(name).match(/"/g)).toHaveLength(2)
})

test('a long name keeps what says its kind', () => {
  const fit = fitName(`${'long '.repeat(100)}.tar.gz`)
  expect(fit).toHaveLength(200)
  expect(fit.endsWith('.gz')).toBe(true)
  expect([...fitName('💾'.repeat(300))]).toHaveLength(200)
})
