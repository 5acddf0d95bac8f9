/**
 * Draws a recovery kit on A4, in the browser: the private key must not travel to anybody who would draw it for us. The
 * fonts are those that every PDF reader has, so nothing is fetched either.
 */
import { PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from '@cantoo/pdf-lib'
import encodeQR from 'qr'
import { inPrint, type Kit, type KitBlock } from './kit.ts'

const PAGE = { width: 595.28, height: 841.89 }
const MARGIN = 54
const WIDTH = PAGE.width - 2 * MARGIN
const INK = rgb(0.1, 0.1, 0.12)
const FAINT = rgb(0.4, 0.4, 0.45)
const GROUND = rgb(0.95, 0.95, 0.96)
const QR_SIDE = 130
/** A line to type is never broken, or it would be typed wrong: it is made smaller, down to this. */
const CODE_SIZE_MIN = 4

type Fonts = { readonly plain: PDFFont; readonly bold: PDFFont; readonly mono: PDFFont }

export async function drawKit(kit: Kit): Promise<Uint8Array<ArrayBuffer>> {
  const document = await PDFDocument.create()
  document.setTitle(inPrint(kit.title))
  const fonts: Fonts = {
    plain: await document.embedFont(StandardFonts.Helvetica),
    bold: await document.embedFont(StandardFonts.HelveticaBold),
    mono: await document.embedFont(StandardFonts.Courier),
  }
  const sheet = new Sheet(document, fonts)
  sheet.words(kit.title, { font: fonts.bold, size: 18, after: 4 })
  sheet.words(kit.madeOn, { color: FAINT, after: 8 })
  for (const { title, blocks } of kit.sections) {
    sheet.heading(title)
    for (const block of blocks) sheet.block(block)
  }
  sheet.numberPages(inPrint(kit.title))
  // Its bytes are in memory of their own.
  return new Uint8Array(await document.save())
}

class Sheet {
  readonly #document: PDFDocument
  readonly #fonts: Fonts
  #page: PDFPage
  #y = PAGE.height - MARGIN

  constructor(document: PDFDocument, fonts: Fonts) {
    this.#document = document
    this.#fonts = fonts
    this.#page = document.addPage([PAGE.width, PAGE.height])
  }

  heading(title: string): void {
    // Not alone at the foot of a page.
    this.#needs(70)
    this.#y -= 10
    this.words(title, { font: this.#fonts.bold, size: 12, after: 4 })
  }

  block(block: KitBlock): void {
    switch (block.kind) {
      case 'text':
        this.words(block.text, { after: 6 })
        break
      case 'code':
        this.#code(block.lines)
        break
      case 'key':
        this.#key(block.identity)
        break
    }
  }

  words(
    text: string,
    { font = this.#fonts.plain, size = 10, color = INK, after = 0 }: Partial<Look> = {},
  ): void {
    for (const line of wrap(inPrint(text), font, size)) {
      this.#needs(size * 1.4)
      this.#y -= size * 1.4
      this.#page.drawText(line, { x: MARGIN, y: this.#y, size, font, color })
    }
    this.#y -= after
  }

  numberPages(title: string): void {
    const pages = this.#document.getPages()
    for (const [index, page] of pages.entries()) {
      const text = `${title}, page ${index + 1} of ${pages.length}`
      page.drawText(text, { x: MARGIN, y: MARGIN / 2, size: 8, font: this.#fonts.plain, color: FAINT })
    }
  }

  #code(lines: readonly string[]): void {
    const { mono } = this.#fonts
    for (const each of lines) {
      const line = inPrint(each)
      const fitting = (9.5 * (WIDTH - 12)) / mono.widthOfTextAtSize(line, 9.5)
      const size = Math.max(CODE_SIZE_MIN, Math.min(9.5, fitting))
      this.#needs(22)
      this.#y -= 18
      this.#page.drawRectangle({ x: MARGIN, y: this.#y, width: WIDTH, height: 17, color: GROUND })
      this.#page.drawText(line, { x: MARGIN + 6, y: this.#y + 5.5, size, font: mono, color: INK })
    }
    this.#y -= 6
  }

  #key(identity: string): void {
    this.#code([identity])
    this.#needs(QR_SIDE + 10)
    this.#y -= QR_SIDE
    const rows = encodeQR(identity, 'raw', { border: 2, ecc: 'medium' })
    const side = QR_SIDE / rows.length
    for (const [row, cells] of rows.entries())
      for (const [column, isDark] of cells.entries())
        if (isDark)
          this.#page.drawRectangle({
            x: MARGIN + column * side,
            y: this.#y + QR_SIDE - (row + 1) * side,
            // A hair more, so that no white shows between two.
            ...{ width: side + 0.05, height: side + 0.05 },
            color: rgb(0, 0, 0),
          })
    this.#y -= 12
  }

  #needs(height: number): void {
    if (this.#y - height > MARGIN) return
    this.#page = this.#document.addPage([PAGE.width, PAGE.height])
    this.#y = PAGE.height - MARGIN
  }
}

type Look = {
  readonly font: PDFFont
  readonly size: number
  readonly color: typeof INK
  readonly after: number
}

function wrap(text: string, font: PDFFont, size: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || font.widthOfTextAtSize(longer, size) <= WIDTH) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}
