import { recipient as recipientText } from '@holdfast/protocol/sealing'
import { holdRecipient } from '../recovery/take-recipient.ts'
import type { Portal } from '../state/portals.ts'
import { State } from '../state/state.ts'
import { choosePortal, titleOf } from './choose-portal.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { tellRunningAgent } from './tell-running-agent.ts'
import { whoIsHere } from './words.ts'

/**
 * Shows to which recovery key the keys of repositories are sealed, or takes another one. The person types it from the
 * printed kit: a portal that somebody has taken over cannot bring it in.
 */
export const recovery: CliCommand = async (args, settings) => {
  const [verb, wanted, portalWord, ...rest] = args
  const state = new State(settings.stateFolder)
  try {
    const all = state.portals.all()
    if (verb === undefined) {
      for (const portal of all) show(state, portal)
      if (all.length === 0) say('This server is not joined to a portal.')
      return EXIT.done
    }
    if (verb !== 'accept' || wanted === undefined || rest.length > 0)
      throw new UsageError(
        'Write "holdfast-agent recovery" or "holdfast-agent recovery accept KEY [PORTAL]".',
      )
    const portal = choosePortal(all, portalWord)
    const { data: recipient } = recipientText.safeParse(wanted.toLowerCase())
    if (recipient === undefined)
      throw new UsageError(
        'That is no public key of a recovery kit: it begins with age1 and has 62 characters.',
      )
    accept(state, portal, recipient)
    const isRunning = await tellRunningAgent(settings.stateFolder)
    say(`The keys of repositories are sealed to ${recipient}.`)
    say(isRunning ? 'The running agent seals them anew.' : 'The agent seals them anew when it runs.')
    return EXIT.done
  } finally {
    state.close()
  }
}

function accept(state: State, portal: Portal, recipient: string): void {
  const held = state.recovery.of(portal.id)
  if (held?.recipient === recipient) return
  const named = held === null || held.waiting === null ? [] : [held.waiting]
  if (!named.includes(recipient))
    throw new UsageError(
      named.length === 0
        ? `${titleOf(portal)} names no other recovery key. Nothing was changed.`
        : `${titleOf(portal)} names another one: ${named.join(', ')}. Nothing was changed.`,
    )
  const tell = (news: Parameters<typeof state.log.write>[0]) => state.log.write(news)
  holdRecipient(state, tell, portal.id, recipient, `accepted here by ${whoIsHere()}`)
}

function show(state: State, portal: Portal): void {
  say(`${titleOf(portal)}, as ${portal.name}`)
  const held = state.recovery.of(portal.id)
  if (held === null) {
    say('  There is no recovery kit yet. It is made in the console, on the page of the customer.\n')
    return
  }
  say(`  Keys are sealed to       ${held.recipient}`)
  say(`  since                    ${held.heldAt}`)
  if (held.waiting !== null) {
    say(`  The portal now names     ${held.waiting}`)
    say('  which is not used. Compare it with the printed kit; if it is the same, type:')
    say(`  holdfast-agent recovery accept ${held.waiting} ${portal.name}`)
  }
  say()
}
