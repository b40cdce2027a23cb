import type { Actor } from '../../src/contract/actor.js'
import { type CommandResult, TOKEN_UPDATES } from '../../src/contract/messages.js'
import type { VerifyResult } from '../../src/contract/token-activities.js'
import type { TokenStatus } from '../../src/contract/token-status.js'
import {
  answerInTime,
  type PendingCommands,
  refusedCommand,
  unlessLeaving,
} from './await-rotation.js'
import { readAsked, readChangeDetails, type Read, readRemoval } from './read-message.js'
import { ANSWERS_WITHIN_MS } from './rotation-list.js'
import type { TokenState } from './token-state.js'
import { activityFailure } from './token-world.js'

/** Registers the updates by which operators act on a connection and get an answer. */
export function registerOperatorUpdates(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
): void {
  const { world } = commands
  const on = <T>(
    name: string,
    description: string,
    read: (value: unknown) => Read<T>,
    answer: (message: T) => CommandResult | Promise<CommandResult>,
  ): void => {
    const validate = (value: unknown): void => {
      const message = read(value)
      if (message.outcome === 'unreadable') throw new TypeError(message.reason)
    }
    world.messages.onUpdate(name, description, validate, async (value) => {
      // Updates have a limit a run as signals have.
      commands.signals += 1
      const message = read(value)
      if (message.outcome === 'unreadable')
        return refusedCommand(commands, state, 'InvalidInput', message.reason)
      try {
        return await world.uncancelled(async () => answer(message.message))
      } catch (error) {
        const { code, message: why } = activityFailure(error)
        return refusedCommand(commands, state, code, why)
      } finally {
        wake()
      }
    })
  }

  on(
    TOKEN_UPDATES.details,
    'Changes what is said of the connection: {"change":{"tags":["customer:4711"],"owner":"…","description":"…","metadata":{…}}}. What is absent stays, null removes. Never a secret: all of it is shown.',
    readChangeDetails,
    ({ change, actor }) => {
      state.operators.changeDetails(change, world.now(), actor)
      return { outcome: 'done', status: state.status(world.now()) }
    },
  )
  on(
    TOKEN_UPDATES.refresh,
    'Refreshes the token now, and waits for the answer of the provider.',
    readAsked,
    ({ actor }) => refresh(state, commands, wake, actor),
  )
  on(
    TOKEN_UPDATES.verify,
    "Asks the connector's verify endpoint whether the credential is accepted.",
    readAsked,
    ({ actor }) => verifyNow(state, commands, wake, actor),
  )
  on(
    TOKEN_UPDATES.reseal,
    'Seals what the connection holds with the newest sealing key.',
    readAsked,
    async ({ actor }) => {
      const { connection } = state
      const values = state.operators.sealedValues()
      const result = await unlessLeaving(
        commands,
        world.activities.bounded['tokenkeeper.reseal']({ connection, values }),
      )
      if (result === undefined)
        return stillTrying(state, commands, `${connection} could not be sealed anew in time`)
      state.operators.takeResealed(values, result, world.now(), actor)
      return { outcome: 'done', status: state.status(world.now()) }
    },
  )
  on(
    TOKEN_UPDATES.remove,
    `Revokes the connection, and ends this workflow once the provider has been told. Nothing of it is left: {"connection":"${state.connection}"}.`,
    (value) => readRemoval(value, state.connection),
    ({ actor }) => {
      state.operators.remove(world.now(), actor)
      return { outcome: 'done', status: state.status(world.now()) }
    },
  )
}

/** One token request: what comes of it is the answer, whatever goes on by itself after that. */
async function refresh(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
  by: Actor | undefined,
): Promise<CommandResult> {
  const { world } = commands
  const { operators } = state
  const triesBefore = operators.tries
  const refused = operators.askRefresh(world.now(), by)
  if (refused !== undefined) return refusedCommand(commands, state, 'Refused', refused)
  wake()
  const untilMs = world.now() + ANSWERS_WITHIN_MS
  const isOver = (): boolean =>
    operators.tries > triesBefore ||
    commands.leaving ||
    (operators.refreshAtMs ?? Infinity) > untilMs
  const summary = `answer who asked to refresh ${state.connection}`
  await answerInTime(state, commands, isOver, summary)
  const status = state.status(world.now())
  const { connection, failure } = status
  if (operators.tries > triesBefore || operators.refreshAtMs === undefined) {
    const { code, message } = failure ?? {
      code: 'ConnectionNotUsable',
      message: state.waitingMessage(),
    }
    // A static credential that flows go on with: nothing was to be asked for.
    const isDone = failure === undefined || status.refreshes === false
    return isDone && USABLE.has(status.status)
      ? { outcome: 'done', status }
      : { outcome: 'refused', code, message, status }
  }
  const at = new Date(operators.refreshAtMs).toISOString()
  return operators.refreshAtMs > world.now()
    ? refusedCommand(
        commands,
        state,
        'RateLimited',
        `A token of ${connection} may be asked for at ${at} again (the provider's limit, or minRefreshGap): that is done by itself.`,
      )
    : refusedCommand(
        commands,
        state,
        'StillTrying',
        `The provider of ${connection} has given no answer yet. That goes on by itself: look at its status in a moment.`,
      )
}

/** The statuses in which the credential works; that of a paused connection does all the same. */
const USABLE: ReadonlySet<TokenStatus> = new Set(['active', 'degraded', 'paused'])

async function verifyNow(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
  by: Actor | undefined,
): Promise<CommandResult> {
  const { world } = commands
  const { connection, operators } = state
  // A token whose time is over would be refused, which says nothing of the credential.
  if (operators.hasEnded(world.now())) {
    const message = `The token of ${connection} has ended: there is nothing to verify. ${state.waitingMessage()}`
    if (!operators.mayEnd) return refusedCommand(commands, state, 'ConnectionNotUsable', message)
    const refreshed = await refresh(state, commands, wake, by)
    if (refreshed.outcome === 'refused') return refreshed
  }
  const { token, knownAccount } = operators
  if (token === undefined)
    return {
      outcome: 'refused',
      code: 'ConnectionNotUsable',
      message: `There is nothing to verify. ${state.waitingMessage()}`,
      status: state.status(world.now()),
    }
  let verified: VerifyResult | undefined
  try {
    const input = { connection, token: token.sealed, knownAccount }
    const asked = world.activities.bounded['tokenkeeper.verify'](input)
    verified = await unlessLeaving(commands, asked)
  } catch (error) {
    verified = { outcome: 'unknown', ...activityFailure(error) }
  }
  if (verified === undefined)
    return stillTrying(state, commands, `${connection} could not be verified in time`)
  operators.takeVerified(token, verified, world.now(), by)
  const { outcome, code, message } = verified
  return {
    outcome: 'done',
    status: state.status(world.now()),
    verified: { outcome, code, message },
  }
}

/** The run is full: nothing has changed, and the next run does it. */
function stillTrying(state: TokenState, commands: PendingCommands, what: string): CommandResult {
  return refusedCommand(commands, state, 'StillTrying', `${what}: ask again.`)
}
