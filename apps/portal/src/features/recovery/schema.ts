import { recipient } from '@holdfast/protocol/sealing'
import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const ofCustomerInput = z.object({ customerId: id })
/** The public half. There is no field for the other one. */
export const setKeyInput = z.strictObject({ customerId: id, recipient })
export const forRestoreInput = z.object({ repositoryId: id, serverId: id })
