/** The text of a QR code in a photograph or a scan; null when none is found. Nothing leaves the browser. */
export async function readQrImage(image: Blob): Promise<string | null> {
  const [{ default: decodeQR }, bitmap] = await Promise.all([
    import('qr/decode.js'),
    createImageBitmap(image),
  ])
  const scale = Math.min(1, SIDE_PX_MAX / Math.max(bitmap.width, bitmap.height))
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)]
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (context === null) return null
  // What is transparent is paper.
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0, width, height)
  try {
    return decodeQR(context.getImageData(0, 0, width, height))
  } catch {
    return null
  }
}

/** A photograph of a telephone has more than the code needs. */
const SIDE_PX_MAX = 1_600
