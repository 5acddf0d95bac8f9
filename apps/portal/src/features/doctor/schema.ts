import { doctorCode } from '@holdfast/protocol'
import { z } from 'zod'

export const visitInput = z.object({ code: doctorCode })
