/** Whether a secret has been anywhere it must not be: on its way to the portal, or in a file. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'

/** Address and body of everything that the browser sends, over sockets as well. */
export function watchRequests(page: Page): readonly string[] {
  const sent: string[] = []
  page.on('request', (request) =>
    sent.push(`${request.method()} ${request.url()} ${request.postData() ?? ''}`),
  )
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => sent.push(`SOCKET ${socket.url()} ${payload.toString()}`)),
  )
  return sent
}

export async function filesHolding(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const holding: string[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && (await readFile(path)).includes(text)) holding.push(path)
  }
  return holding
}
