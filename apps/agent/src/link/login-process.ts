/**
 * Runs the client half of one OPAQUE login in a process of its own, which ends with it. Argon2id needs 19 MiB, and
 * WebAssembly memory never shrinks; a worker thread gives it back, but leaves 15 MiB of its heap behind in the agent.
 * Everything passes through pipes, one JSON line each, so the password is on no command line and in no environment.
 *
 *   in   { password, keyStretching }     out   the login request
 *   in   the portal's response           out   { finishLogin, sessionKey }, or null when the password does not fit
 */
import { createInterface } from 'node:readline'
import * as opaque from '@serenity-kit/opaque'

export type LoginWork = Pick<Parameters<typeof opaque.client.finishLogin>[0], 'password' | 'keyStretching'>

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => JSON.parse((await lines.next()).value ?? 'null')
const write = (answer: unknown) => process.stdout.write(`${JSON.stringify(answer)}\n`)

// From login.ts, whose child this is: no door at which to parse.
const work: LoginWork = await read()
await opaque.ready
const { clientLoginState, startLoginRequest } = opaque.client.startLogin({ password: work.password })
write(startLoginRequest)

const loginResponse: unknown = await read()
// Without a response the agent has given up, or is gone.
if (typeof loginResponse === 'string') write(finish(loginResponse))

function finish(response: string) {
  try {
    const login = opaque.client.finishLogin({ ...work, clientLoginState, loginResponse: response })
    return login === undefined
      ? null
      : { finishLogin: login.finishLoginRequest, sessionKey: login.sessionKey }
  } catch {
    // An answer that is no OPAQUE message at all fits no password either.
    return null
  }
}
