import { ApplicationFailure } from '@temporalio/common'
import {
  AUTHORIZATION_LIFETIME_MS,
  type BeginAuthorization,
  type BeginAuthorizationResult,
  type CompleteAuthorization,
  OAUTH_ERROR_CODE,
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
import type { TokenState } from './token-state.js'
import { activityFailure } from './token-world.js'
import { isSha256, utf8Length } from '../../src/contract/outside-values.js'
import { isSealed } from '../../src/contract/sealed.js'
import { isRecord } from '../../src/contract/plain-data.js'
import {
  MAX_SEALED,
  type Read,
  readAsker,
  readDetails,
  readRecord,
  unreadable,
} from './read-message.js'

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
      if (begun.outcome === 'unreadable') throw new TypeError(begun.reason)
      const full = state.noRoomForAuthorization(begun.message, world.now())
      if (full !== undefined) throw refusedUpdate('Refused', full)
    },
    async (value): Promise<BeginAuthorizationResult> => {
      // Updates have a limit a run as signals have.
      commands.signals += 1
      const begun = readBeginAuthorization(value)
      if (begun.outcome === 'unreadable')
        return { outcome: 'refused', code: 'InvalidInput', message: begun.reason }
      const result = await world.uncancelled(() => authorizationUrl(state, commands, begun.message))
      const nowMs = world.now()
      const full = state.noRoomForAuthorization(begun.message, nowMs)
      wake()
      if (full !== undefined) return { outcome: 'refused', code: 'Refused', message: full }
      if (result.outcome === 'refused')
        return { outcome: 'refused', code: result.code, message: result.message }
      state.keepAuthorization(begun.message, result, nowMs)
      return { outcome: 'begun', url: result.url, expiresAtMs: nowMs + AUTHORIZATION_LIFETIME_MS }
    },
  )

  world.messages.onUpdate(
    TOKEN_UPDATES.completeAuthorization,
    'Takes in the callback of an authorization; for TokenkeeperClient.',
    // What is refused here leaves no trace in history: callbacks come from anywhere.
    (value) => {
      const message = readCompleteAuthorization(value)
      if (message.outcome === 'unreadable') throw new TypeError(message.reason)
      const dead = state.deadCallback(message.message.stateHash, world.now())
      if (dead !== undefined) throw refusedUpdate(dead.code, dead.message)
    },
    async (value): Promise<CommandResult> => {
      commands.signals += 1
      const message = readCompleteAuthorization(value)
      if (message.outcome === 'unreadable')
        return refusedCommand(commands, state, 'InvalidInput', message.reason)
      const taken = state.takeCallback(message.message, world.now())
      wake()
      if (taken.outcome === 'refused')
        return refusedCommand(commands, state, taken.code, taken.message)
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
    outcome: 'refused',
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
    return { outcome: 'refused', ...activityFailure(error) }
  } finally {
    wait.isOver = true
    cancel()
  }
}

function refusedUpdate(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code)
}

const VISIBLE = /^[\x20-\x7e]+$/
const MAX_ANSWER_LINE = 4000
const MAX_VARIABLES = 20
const MAX_VARIABLES_BYTES = 16 * 1024
/** A verifier has at most 128 characters (RFC 7636 section 4.1). */
const MAX_VERIFIER = 4096

function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ANSWER_LINE && VISIBLE.test(value)
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (!isRecord(value)) return false
  const entries = Object.entries(value)
  const texts = entries.flat()
  if (entries.length > MAX_VARIABLES || !texts.every((one) => isLine(one))) return false
  return utf8Length(texts.join('')) <= MAX_VARIABLES_BYTES
}

function readBeginAuthorization(value: unknown): Read<BeginAuthorization> {
  const record = readRecord(value, 'what TokenkeeperClient.beginAuthorization sends')
  if (record.outcome === 'unreadable') return record
  const { stateHash, bindingHash, codeChallenge, sealedVerifier, redirectUri } = record.message
  const { scope, variables, allowOtherAccount } = record.message
  if (!isSha256(stateHash) || !isSha256(bindingHash) || !isSha256(codeChallenge))
    return unreadable('stateHash, bindingHash and codeChallenge must be SHA-256 in base64url')
  if (!isSealed(sealedVerifier) || sealedVerifier.length > MAX_VERIFIER)
    return unreadable('sealedVerifier is not a value sealed by tokenkeeper')
  if (!isLine(redirectUri)) return unreadable('redirectUri is missing')
  if (scope !== undefined && !isLine(scope)) return unreadable('scope is no line of text')
  if (variables !== undefined && !isTexts(variables))
    return unreadable('variables are no texts by name')
  const actor = readAsker(record.message)
  if (actor.outcome === 'unreadable') return actor
  const details = readDetails(record.message['details'])
  if (details.outcome === 'unreadable') return details
  return {
    outcome: 'read',
    message: {
      stateHash,
      bindingHash,
      codeChallenge,
      sealedVerifier,
      redirectUri,
      scope,
      variables,
      allowOtherAccount: allowOtherAccount === true ? true : undefined,
      actor: actor.message,
      details: details.message,
    },
  }
}

function readCompleteAuthorization(value: unknown): Read<CompleteAuthorization> {
  const record = readRecord(value, 'what TokenkeeperClient.completeAuthorization sends')
  if (record.outcome === 'unreadable') return record
  const { stateHash, bindingHash, redirectUri, iss, answer } = record.message
  if (!isSha256(stateHash) || !isSha256(bindingHash))
    return unreadable('stateHash and bindingHash must be SHA-256 in base64url')
  if (!isLine(redirectUri)) return unreadable('redirectUri is missing')
  if (iss !== undefined && !isLine(iss)) return unreadable('iss is no line of text')
  const read = readCallbackAnswer(answer)
  if (read === undefined)
    return unreadable('answer is neither sealed by tokenkeeper nor an error code')
  return { outcome: 'read', message: { stateHash, bindingHash, redirectUri, iss, answer: read } }
}

function readCallbackAnswer(answer: unknown): CompleteAuthorization['answer'] | undefined {
  if (!isRecord(answer)) return undefined
  const { sealed, error } = answer
  if (error === undefined)
    return isSealed(sealed) && sealed.length <= MAX_SEALED ? { sealed } : undefined
  return typeof error === 'string' && OAUTH_ERROR_CODE.test(error) && sealed === undefined
    ? { error }
    : undefined
}
