import { describe, expect, it } from 'vitest'
import { LineSplitter } from './lines.ts'

function split(chunks: readonly Buffer[], bytesMax?: number): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line), bytesMax)
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return lines
}

describe('LineSplitter', () => {
  it('finds the same lines wherever the stream is cut', () => {
    const text = Buffer.from('größe\n\n日本語 €\r\nlast 🎉')
    const whole = split([text])
    expect(whole).toEqual(['größe', '', '日本語 €', 'last 🎉'])
    for (let at = 0; at <= text.length; at += 1) {
      expect(split([text.subarray(0, at), text.subarray(at)])).toEqual(whole)
    }
    expect(split([...text].map((byte) => Buffer.of(byte)))).toEqual(whole)
  })

  it('keeps only the beginning of a line without end, and goes on with the next', () => {
    const chunks = [Buffer.from('ab'), ...Array.from({ length: 1_000 }, () => Buffer.alloc(1_000, 'x'))]
    expect(split([...chunks, Buffer.from('\nnext\n')], 4)).toEqual(['abxx', 'next'])
  })

  it('survives bytes that are no UTF-8', () => {
    expect(split([Buffer.from([0x61, 0xff, 0x62, 0x0a])])).toEqual(['a\ufffdb'])
  })
})
