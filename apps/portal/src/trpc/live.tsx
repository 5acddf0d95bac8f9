/**
 * The console is live: one socket tells it what changed, and it asks anew through tRPC, which knows what this person may
 * see. Only progress comes as data.
 *
 *   connecting ──► live ◄──► lost
 *        └───────────┴───────► ended     the portal does not take this session any more
 */
'use client'

import { progress, restoreProgress as restoreMessage } from '@holdfast/protocol'
import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { io } from 'socket.io-client'
import type { LiveEvent } from '#live/events.ts'
import { useTRPC } from './client.tsx'
import { oldAnswers } from './live-queries.ts'
import { Outdating } from './outdating.ts'
import { Paced } from './paced.ts'
import { restoreProgress, runProgress } from './progress-store.ts'

export { useProgress, useRestoreProgress } from './progress-store.ts'

export type LiveState = 'connecting' | 'live' | 'lost' | 'ended'

const NEAR_EVERY_MS = 150
const WIDE_EVERY_MS = 2_000
const TRY_AGAIN_AFTER_MS = 2_000

const Live = createContext<LiveState>('connecting')

/** Whether what the page shows is live. */
export function useLiveState(): LiveState {
  return useContext(Live)
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')

  useEffect(() => {
    const socket = io('/console', {
      path: '/console-socket',
      transports: ['websocket'],
      reconnectionDelayMax: TRY_AGAIN_AFTER_MS,
    })
    const outdating = new Outdating(queries)
    const near = new Paced(NEAR_EVERY_MS)
    const wide = new Paced(WIDE_EVERY_MS)
    let nextTry: ReturnType<typeof setTimeout> | undefined

    socket.on('connect', () => {
      setState('live')
      // Nobody says what happened while nobody was listening.
      void queries.invalidateQueries()
    })
    // Socket.io tries again by itself after a broken line, but not after a portal that said goodbye or was too busy.
    const tryAgain = () => {
      setState('lost')
      if (!socket.active) nextTry = setTimeout(() => socket.connect(), TRY_AGAIN_AFTER_MS)
    }
    socket.on('disconnect', tryAgain)
    socket.on('connect_error', ({ message }) => {
      if (message !== 'not_signed_in') return tryAgain()
      setState('ended')
      // The next answer leads to the sign-in page.
      void queries.invalidateQueries()
    })
    socket.on('live', (event: LiveEvent) => {
      if (event.type === 'progress') {
        const of = progress.parse(event.progress)
        runProgress.set(event.serverId, of.runId, of)
        return
      }
      if (event.type === 'restoreProgress') {
        const of = restoreMessage.parse(event.progress)
        restoreProgress.set(event.serverId, of.restoreId, of)
        return
      }
      const old = oldAnswers(trpc, event)
      const ask = (pace: Paced) => (queryKey: QueryKey) =>
        pace.ask(JSON.stringify(queryKey), () => outdating.outdate(queryKey))
      old.near.forEach(ask(near))
      old.wide.forEach(ask(wide))
    })
    return () => {
      clearTimeout(nextTry)
      near.stop()
      wide.stop()
      outdating.stop()
      socket.disconnect()
    }
  }, [trpc, queries])

  return <Live.Provider value={state}>{children}</Live.Provider>
}
