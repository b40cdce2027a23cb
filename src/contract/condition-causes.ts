import {
  connectStep,
  mendStep,
  type NextStep,
  refusalSentence,
  remedyOfRefusal,
  resumeStep,
} from './next-step.js'
import { REAUTH_REASONS } from './reauth-reasons.js'
import type { ConnectionStatus } from './token-status.js'

/**
 * How much a person has to do with it. `fine`: nothing. `note`: it works, and something will not for ever.
 * `mending`: in trouble, and it is mended by itself. `person`: only a person gets it going, or keeps it so.
 * `ended`: on purpose.
 */
export type ConditionLevel = 'fine' | 'note' | 'mending' | 'person' | 'ended'

/** The parts of a connection from which it follows what is wrong with it. */
export type CauseFacts = Pick<
  ConnectionStatus,
  | 'connection'
  | 'status'
  | 'reason'
  | 'beneath'
  | 'afterExpiry'
  | 'retryAtMs'
  | 'kind'
  | 'authorizes'
  | 'refreshes'
  | 'unknownConnector'
  | 'otherAccounts'
  | 'refused'
  | 'failure'
  | 'revocation'
>

/** Whether the connection goes on without a person, when it is tried next, and the same in words. */
export interface GoesOn {
  readonly byItself: boolean
  readonly atMs?: number | undefined
  /** A sentence, or nothing. */
  readonly text: string
}

/** What is wrong, in words, and how it ends. */
export interface Explanation {
  readonly level: ConditionLevel
  /** Why, in a sentence or two that name the connection. */
  readonly cause: string
  /** The code of what failed: `invalid_grant`, `KeyMissing`, `FreshTokenRejected` … */
  readonly code?: string | undefined
  readonly next?: NextStep | undefined
  /** How to have it never again, where that is known: half a sentence. */
  readonly prevent?: string | undefined
  readonly goesOn: GoesOn
}

interface Cause extends Omit<Explanation, 'goesOn'> {
  readonly byItself?: boolean | undefined
}

/** Says what is wrong with a connection, what a person does about it, and what comes by itself. */
export function explain(facts: CauseFacts): Explanation {
  const { byItself = false, ...cause } = findCause(facts)
  return { ...cause, goesOn: goesOn(facts, cause.level, byItself) }
}

function findCause(status: CauseFacts): Cause {
  const { connection, unknownConnector, failure } = status
  if (status.status === 'paused') return paused(status)
  if (status.status === 'revoked') return revoked(status)
  if (unknownConnector !== undefined)
    return {
      level: 'person',
      cause: unknownConnector,
      code: 'UnknownConnector',
      next: {
        action: 'mend-definition',
        text: `Give every keeper worker the connector of ${connection}, and restart it`,
      },
    }
  if (failure?.code === 'KeyMissing' || failure?.code === 'NoKeyHere')
    return {
      level: 'person',
      cause: failureSentence(status),
      code: failure.code,
      next: {
        action: 'give-key',
        text: `Give every keeper worker the key (privateKeys), and restart it; where it is lost, connect ${connection} again`,
      },
      byItself: true,
    }
  return findByStatus(status)
}

function findByStatus(status: CauseFacts): Cause {
  const { connection, failure, refused } = status
  switch (status.status) {
    case 'pending':
      return {
        level: 'person',
        cause: `${connection} has no credential yet.${accountForgotten(status)}`,
        next: connectStep(status, 'Connect it'),
      }
    case 'active':
      return { level: 'fine', cause: `${connection} works.` }
    case 'degraded':
      return degraded(status)
    case 'needs_reauth': {
      const { cause, prevent } = REAUTH_REASONS[status.reason ?? 'revoked']
      return {
        level: 'person',
        cause: `${connection} ${cause}${codeBeside(failure)}.`,
        code: failure?.code,
        next: connectStep(status, 'Authorise it again'),
        prevent,
      }
    }
    case 'misconfigured':
      return {
        level: 'person',
        cause: failureSentence(status, `The definition of ${connection} does not work.`),
        code: failure?.code,
        next: mendStep(status),
        byItself: status.retryAtMs !== undefined,
      }
    case 'rejected':
      return {
        level: 'person',
        cause: refusalSentence(status),
        code: refused === undefined ? failure?.code : 'FreshTokenRejected',
        next: remedyOfRefusal(status),
        byItself: true,
      }
    case 'paused':
      return paused(status)
    case 'revoked':
      return revoked(status)
    default: {
      const impossible: never = status.status
      throw new TypeError(`unknown status ${String(impossible)}`)
    }
  }
}

function paused(status: CauseFacts): Cause {
  const { connection, beneath } = status
  const under =
    beneath === undefined || beneath === 'active'
      ? ''
      : ` Beneath it is ${beneath}${status.reason === undefined ? '' : `: ${status.reason}`}.`
  const cause = `${connection} is paused by an operator; refreshing goes on.${under}`
  return { level: 'person', cause, next: resumeStep(status) }
}

function revoked(status: CauseFacts): Cause {
  const { connection, revocation } = status
  const cause = `${connection} is revoked: its credential is forgotten, and every request is denied.`
  if (revocation?.outcome !== 'failed')
    return {
      level: 'ended',
      cause,
      // Only `connect` brings it back: a revoked connection takes no rotation, and no signal.
      next: { ...connectStep(status, 'To have it back, connect it anew'), signal: undefined },
    }
  return {
    level: 'person',
    cause: `${cause} The provider could not be told: ${revocation.message}`,
    code: revocation.code,
    next: {
      action: 'end-at-provider',
      text: `Remove the access of ${connection} at the provider by hand`,
    },
  }
}

function degraded(status: CauseFacts): Cause {
  const { connection, afterExpiry, failure, refused } = status
  if (afterExpiry === 'needs_reauth')
    return {
      level: 'person',
      cause: `${connection} can't be refreshed any more${codeBeside(failure)}; its last token is served until it ends.`,
      code: failure?.code,
      next: connectStep(status, 'Authorise it again now'),
    }
  const cause = failureSentence(status, `${connection} can't be refreshed at the moment.`)
  if (afterExpiry === 'misconfigured')
    return {
      level: 'person',
      cause: `${cause} Its last token is served until it ends.`,
      code: failure?.code,
      next: mendStep(status),
      byItself: true,
    }
  if (refused !== undefined && (failure === undefined || failure.code === 'FreshTokenRejected'))
    return {
      level: 'mending',
      cause: `${refusalSentence(status)} It may pass.`,
      code: 'FreshTokenRejected',
      byItself: true,
    }
  return { level: 'mending', cause, code: failure?.code, byItself: true }
}

/** `shop` without an account means `shop/default`: nobody may ever have meant that. */
function accountForgotten({ connection, otherAccounts = [] }: CauseFacts): string {
  const [first] = otherAccounts
  const [connector = '', account = ''] = connection.split('/')
  if (first === undefined) return ''
  return ` ${connector} has other accounts (${otherAccounts.join(', ')}) but no '${account}', which is meant where none is named: if one of them was meant, name it ('${connector}/${first}').`
}

function codeBeside(failure: ConnectionStatus['failure']): string {
  return failure === undefined ? '' : ` (${failure.code})`
}

/** The message of the last failed try, with the connection and the code in it. */
function failureSentence({ connection, failure }: CauseFacts, otherwise = ''): string {
  if (failure === undefined) return otherwise
  const { message, code } = failure
  const named = message.includes(connection) ? message : `${connection}: ${message}`
  const told = named.includes(code) ? named : `${named} (${code})`
  return /[.!?)]$/.test(told) ? told : `${told}.`
}

function goesOn(status: CauseFacts, level: ConditionLevel, byItself: boolean): GoesOn {
  const { retryAtMs: atMs } = status
  if (level === 'fine' || level === 'ended') return { byItself: level === 'fine', text: '' }
  if (byItself) return { byItself, atMs, text: 'It is tried again by itself.' }
  const text =
    status.status === 'misconfigured'
      ? 'It is not tried again by itself: a try may count as a wrong password.'
      : ''
  return { byItself, text }
}
