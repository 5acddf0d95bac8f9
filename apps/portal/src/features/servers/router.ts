import { customerProcedure, needs, ownerProcedure, providerProcedure, router } from '#trpc/procedures.ts'
import { setDialAddress } from './dialling.ts'
import {
  beginPasswordChangeInput,
  beginRegistrationInput,
  changePasswordInput,
  getInput,
  joinFactsInput,
  registerInput,
  removeInput,
  setDialAddressInput,
} from './schema.ts'
import {
  beginPasswordChange,
  beginRegistration,
  changePassword,
  get,
  joinFacts,
  register,
  remove,
} from './service.ts'

const registering = providerProcedure.use(needs('servers.register'))

export const serversRouter = router({
  /** All that its page shows at first. Errors: `not_found`. */
  get: customerProcedure
    .use(needs('look'))
    .input(getInput)
    .query(({ ctx, input }) => get(ctx, input)),
  /** Makes the server's id and answers the blinded password. Errors: `not_found` for the site, `server_name_taken`. */
  beginRegistration: registering
    .input(beginRegistrationInput)
    .mutation(({ ctx, input }) => beginRegistration(ctx, input)),
  /** Errors: `not_found` for the site, `server_name_taken`, `registration_unusable`. */
  register: registering.input(registerInput).mutation(({ ctx, input }) => register(ctx, input)),
  /** Errors: `not_found`, `registration_unusable`. */
  beginPasswordChange: registering
    .input(beginPasswordChangeInput)
    .mutation(({ ctx, input }) => beginPasswordChange(ctx, input)),
  /** Cuts the link that was proven by the old password. Errors: `not_found`, `registration_unusable`. */
  changePassword: registering
    .input(changePasswordInput)
    .mutation(({ ctx, input }) => changePassword(ctx, input)),
  /** From now on the portal dials it there; null: no more. Errors: `not_found`. */
  setDialAddress: registering
    .input(setDialAddressInput)
    .mutation(({ ctx, input }) => setDialAddress(ctx, input)),
  /** Errors: `not_found`, `confirmation_differs`. */
  remove: ownerProcedure
    .use(needs('servers.remove'))
    .input(removeInput)
    .mutation(({ ctx, input }) => remove(ctx, input)),
  /** What a join token holds besides the password. Errors: `not_found`. */
  joinFacts: registering.input(joinFactsInput).query(({ ctx, input }) => joinFacts(ctx, input)),
})
