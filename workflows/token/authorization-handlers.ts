import { ApplicationFailure } from '@temporalio/common'
import {
  AUTHORIZATION_LIFETIME_MS,
  type BeginAuthorization,
  type BeginAuthorizationResult,
} from '../../src/contract/authorization.js'
import { type CommandResult, TOKEN_UPDATES } from '../../src/contract/messages.js'
import type { AuthorizationUrlResult } from '../../src/contract/token-activities.js'
import {
  awaitRotation,
  type PendingCommands,
  refusedCommand,
  toRotation,
} from './await-rotation.js'
import { ANSWERS_WITHIN_MS } from './rotation-list.js'
import { readBeginAuthorization, readCompleteAuthorization } from './read-authorization.js'
import type { TokenState } from './token-state.js'
import { activityFailure } from './token-world.js'

/** Registers the two updates of an authorization in a browser. */
export function registerAuthorizations(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
): void {
  const { world } = commands

  world.messages.onUpdate(
    TOKEN_UPDATES.beginAuthorization,
    'Begins an authorization in a browser; for TokenkeeperClient.',
    (value) => {
      const begun = readBeginAuthorization(value)
      if (!begun.ok) throw new TypeError(begun.reason)
      const full = state.noRoomForAuthorization(begun.message, world.now())
      if (full !== undefined) throw refusedUpdate('Refused', full)
    },
    async (value): Promise<BeginAuthorizationResult> => {
      // Updates have a limit a run as signals have.
      commands.signals += 1
      const begun = readBeginAuthorization(value)
      if (!begun.ok) return { ok: false, code: 'InvalidInput', message: begun.reason }
      const result = await world.uncancelled(() => authorizationUrl(state, commands, begun.message))
      const nowMs = world.now()
      const full = state.noRoomForAuthorization(begun.message, nowMs)
      wake()
      if (full !== undefined) return { ok: false, code: 'Refused', message: full }
      if (!result.ok) return { ok: false, code: result.code, message: result.message }
      state.keepAuthorization(begun.message, result, nowMs)
      return { ok: true, url: result.url, expiresAtMs: nowMs + AUTHORIZATION_LIFETIME_MS }
    },
  )

  world.messages.onUpdate(
    TOKEN_UPDATES.completeAuthorization,
    'Takes in the callback of an authorization; for TokenkeeperClient.',
    // What is refused here leaves no trace in history: callbacks come from anywhere.
    (value) => {
      const message = readCompleteAuthorization(value)
      if (!message.ok) throw new TypeError(message.reason)
      const dead = state.deadCallback(message.message.stateHash, world.now())
      if (dead !== undefined) throw refusedUpdate(dead.code, dead.message)
    },
    async (value): Promise<CommandResult> => {
      commands.signals += 1
      const message = readCompleteAuthorization(value)
      if (!message.ok) return refusedCommand(commands, state, 'InvalidInput', message.reason)
      const taken = state.takeCallback(message.message, world.now())
      wake()
      if (!taken.ok) return refusedCommand(commands, state, taken.code, taken.message)
      const rotation = toRotation(commands, 'connect', taken)
      return await world.uncancelled(() => awaitRotation(state, commands, wake, rotation))
    },
  )
}

async function authorizationUrl(
  { connection, grant }: TokenState,
  commands: PendingCommands,
  begun: BeginAuthorization,
): Promise<AuthorizationUrlResult> {
  const { world } = commands
  const wait = { isLate: false, isOver: false }
  const cancel = world.startTimer(
    ANSWERS_WITHIN_MS,
    `answer who wants to authorize ${connection}`,
    () => {
      wait.isLate = true
    },
  )
  const late = world.until(() => wait.isLate || wait.isOver || commands.leaving)
  const tooLate = late.then((): AuthorizationUrlResult => ({
    ok: false,
    code: 'StillTrying',
    message: `The authorization of ${connection} could not be begun in time: begin it again.`,
  }))
  const { redirectUri, codeChallenge, scope, variables } = begun
  try {
    const url = world.activities.bounded['tokenkeeper.authorization-url']({
      connection,
      redirectUri,
      codeChallenge,
      scope,
      variables,
      previous: grant,
    })
    return await Promise.race([url, tooLate])
  } catch (error) {
    return { ok: false, ...activityFailure(error) }
  } finally {
    wait.isOver = true
    cancel()
  }
}

function refusedUpdate(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code)
}
