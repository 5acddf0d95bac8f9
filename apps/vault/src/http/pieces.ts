/**
 * Writes to a client piece by piece, each when the one before it is on its way: memory is bounded by the piece, a slow
 * line is seen to move, and the line never stands above its mark (`writableHighWaterMark`, 64 KiB).
 *
 * The last is what a client depends on who sends his next request at once. When one comes while the line is above its
 * mark, Node pauses the parser; what TLS has unwrapped already of a body behind it is an error then (`HPE_PAUSED`), and
 * the connection is cut.
 */
import type { ServerResponse } from 'node:http'

/** With room below the mark for the headers, which go with the first one. */
const PIECE_BYTES = 48 * 1024

/** Resolves when all of it is on its way; each piece is told to `sent` when it is. */
export async function sendPieces(
  response: ServerResponse,
  bytes: Buffer,
  sent: (bytes: number) => void = () => undefined,
): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, at + PIECE_BYTES)
    await writePiece(response, piece)
    sent(piece.length)
  }
}

function writePiece(response: ServerResponse, bytes: Buffer): Promise<void> {
  const { socket } = response.req
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('The client has gone.'))
    if (response.destroyed || socket.destroyed) {
      gone()
      return
    }
    // An answer that waits for the one before it is not told by Node that its connection has closed.
    socket.once('close', gone)
    response.write(bytes, (error) => {
      socket.off('close', gone)
      if (error) reject(error)
      else resolve()
    })
  })
}
