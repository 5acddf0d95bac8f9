'use client'

/**
 * Registering a server from the browser: its management password goes through OPAQUE here, and into the join token
 * here. Neither leaves this page but by the person's own hand.
 */
import { encodeJoinToken } from '@holdfast/protocol'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTRPC, useTRPCClient } from '#trpc/client.tsx'
import type { Registration } from './register-form.tsx'
import { registerPassword } from './register-password.ts'

export type RegisteredServer = {
  serverId: string
  /** `customer/server`. */
  fullName: string
  joinToken: string
  siteId: string
  dialAddress: string | null
  registeredAt: Date
}

export function useRegisterServer(onRegistered: (server: RegisteredServer) => void) {
  const trpc = useTRPC()
  const portal = useTRPCClient()
  const queries = useQueryClient()
  return useMutation({
    // The mutation's variables hold the password: forget them with the page.
    gcTime: 0,
    mutationFn: async ({
      name,
      siteId,
      password,
      dialAddress: typed,
    }: Registration): Promise<RegisteredServer> => {
      const { serverId, fullName, dialAddress } = await registerPassword(password, {
        begin: (registrationRequest) =>
          portal.servers.beginRegistration.mutate({ siteId, name, registrationRequest }),
        finish: (registrationRecord, { serverId }) =>
          portal.servers.register.mutate({
            serverId,
            siteId,
            name,
            registrationRecord,
            dialAddress: typed,
          }),
      })
      const registeredAt = new Date()
      const { addresses, ...facts } = await portal.servers.joinFacts.query({ serverId })
      const joinToken = encodeJoinToken({ ...facts, addresses: [...addresses], password })
      return { serverId, fullName, registeredAt, joinToken, siteId, dialAddress }
    },
    onSuccess: (server) => {
      void queries.invalidateQueries(trpc.tree.all.queryFilter())
      void queries.invalidateQueries(trpc.customers.get.queryFilter())
      void queries.invalidateQueries(trpc.overview.pathFilter())
      onRegistered(server)
    },
  })
}
