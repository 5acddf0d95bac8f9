/** Whose a server is, as every row and every event about it says. */
export type Owner = { readonly providerId: string; readonly customerId: string; readonly serverId: string }

/** That alone, of something that says more. */
export function ownerOf({ providerId, customerId, serverId }: Owner): Owner {
  return { providerId, customerId, serverId }
}
