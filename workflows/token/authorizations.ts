import type {
  AuthorizationCode,
  BeginAuthorization,
  CompleteAuthorization,
} from '../../src/contract/authorization.js'
import type { AuthorizationUrlResult } from '../../src/contract/token-activities.js'
import type { GivenRotation } from './parts/rotations.js'
import { record } from './life-story.js'
import {
  addAuthorization,
  findAuthorization,
  isTooOld,
  lacksRoom,
  MAX_AUTHORIZATIONS,
  tidyAuthorizations,
  useAuthorization,
  type WaitingAuthorization,
} from './parts/authorizations.js'
import type { TokenParts } from './token-parts.js'
import { isUsable } from './parts/health.js'

/** Why an authorization came to nothing. */
export interface AuthorizationRefusal {
  readonly outcome: 'refused'
  readonly code: AuthorizationCode
  readonly message: string
}

const AGAIN = 'Begin the authorization again'

const MESSAGES: Readonly<Record<AuthorizationCode, (connection: string, error: string) => string>> =
  {
    AuthorizationDenied: (connection, error) =>
      `The provider says that access to ${connection} was not granted (${error}). ${AGAIN}, and agree to what is asked for.`,
    AuthorizationFailed: (connection, error) =>
      `The provider could not authorise ${connection} (${error}). Look at client id, scope and redirect URI of the connector and of the application at the provider; where it was a passing trouble, begin the authorization again.`,
    AuthorizationStateUnknown: (connection) =>
      `No authorization of ${connection} waits for this callback: its state is unknown. ${AGAIN}.`,
    AuthorizationUsed: (connection) =>
      `This authorization of ${connection} has been used already: each is good for one callback. Look at the status of the connection; where it is not active, begin the authorization again.`,
    AuthorizationExpired: (connection) =>
      `This authorization of ${connection} took longer than 10 minutes. ${AGAIN}, and finish it sooner.`,
    AuthorizationOfSomeoneElse: (connection) =>
      `This authorization of ${connection} was begun in another browser session. ${AGAIN} in this browser, with its cookies allowed; if you did not begin it, somebody may have sent you the link.`,
    IssuerMismatch: (connection) =>
      `The answer for ${connection} is not of the authorization server that was asked, or came in at another address. ${AGAIN}; if it happens again, look at issuer and redirect URI of the connector.`,
    OtherAccount: (connection) =>
      `This is another account than the one that ${connection} belongs to. Sign in as the account of before, connect the other one under a name of its own, or allow it with allowOtherAccount.`,
  }

/**
 * Why an authorization came to nothing, and what to do next.
 * @param error the provider's error code
 */
export function authorizationRefusal(
  { connection, grant, health }: TokenParts,
  code: AuthorizationCode,
  error = 'error',
): AuthorizationRefusal {
  const lives = grant.sealed !== undefined && isUsable(health)
  const kept = lives ? ' The connection goes on with what it had.' : ''
  return { outcome: 'refused', code, message: `${MESSAGES[code](connection, error)}${kept}` }
}

/** Says why no further one can be begun, or nothing. */
export function noRoomForAuthorization(
  { authorizations, connection, removing }: TokenParts,
  begun: BeginAuthorization,
  nowMs: number,
): string | undefined {
  // Its callback would find nothing that remembers it.
  if (removing === true)
    return `${connection} is being removed: begin the authorization again in a moment.`
  switch (lacksRoom(authorizations, begun, nowMs)) {
    case 'count':
      return `${MAX_AUTHORIZATIONS} authorizations of ${connection} wait for their callback: let one of them end, which takes 10 minutes at most.`
    case 'bytes':
      return `The authorizations of ${connection} that wait for their callback are too large to remember another one: let one of them end, which takes 10 minutes at most.`
    default:
      return undefined
  }
}

/** Keeps what a callback has to be compared and joined with. */
export function keepAuthorization(
  parts: TokenParts,
  begun: BeginAuthorization,
  made: Extract<AuthorizationUrlResult, { outcome: 'made' }>,
  nowMs: number,
): void {
  parts.authorizations = addAuthorization(parts.authorizations, begun, made, nowMs)
  const { generation } = parts.token
  record(parts, { atMs: nowMs, event: 'authorization_begun', generation, by: begun.actor })
}

/** Why a callback can't be taken in at all, before anything of it is looked at. */
export function deadCallback(
  parts: TokenParts,
  stateHash: string,
  nowMs: number,
): AuthorizationRefusal | undefined {
  const found = findAuthorization(parts.authorizations, stateHash)
  if (found === undefined) return authorizationRefusal(parts, 'AuthorizationStateUnknown')
  if (found.kind === 'used') return authorizationRefusal(parts, 'AuthorizationUsed')
  if (found.kind === 'expired' || isTooOld(found, nowMs))
    return authorizationRefusal(parts, 'AuthorizationExpired')
  return undefined
}

/** Takes in a callback: whatever comes of it, its authorization is used up. */
export function takeCallback(
  parts: TokenParts,
  message: CompleteAuthorization,
  nowMs: number,
): ({ readonly outcome: 'taken' } & GivenRotation) | AuthorizationRefusal {
  const dead = deadCallback(parts, message.stateHash, nowMs)
  parts.authorizations = tidyAuthorizations(parts.authorizations, nowMs)
  if (dead !== undefined) return dead
  const begun = findAuthorization(parts.authorizations, message.stateHash)
  if (begun?.kind !== 'waiting') return authorizationRefusal(parts, 'AuthorizationUsed')
  parts.authorizations = useAuthorization(parts.authorizations, begun)
  const wrong = wrongCallback(parts, begun, message)
  if (wrong !== undefined) {
    const { code, message: cause } = wrong
    const { generation } = parts.token
    const by = begun.actor
    record(parts, { atMs: nowMs, event: 'authorization_refused', code, cause, generation, by })
    return wrong
  }
  // An error of the provider is wrong above.
  if ('error' in message.answer) return authorizationRefusal(parts, 'AuthorizationFailed')
  const { sealedVerifier, redirectUri, codeParameter, variables, scope, allowOtherAccount } = begun
  const { sealed } = message.answer
  return {
    outcome: 'taken',
    by: begun.actor,
    details: begun.details,
    source: {
      sealed,
      allowOtherAccount,
      authorization: { sealedVerifier, redirectUri, codeParameter, variables, scope },
    },
  }
}

const DENIED = /^(?:access_denied|user_denied|user_cancelled\w*|consent_required)$/

function wrongCallback(
  parts: TokenParts,
  begun: WaitingAuthorization,
  { bindingHash, redirectUri, iss, answer }: CompleteAuthorization,
): AuthorizationRefusal | undefined {
  if (begun.bindingHash !== bindingHash)
    return authorizationRefusal(parts, 'AuthorizationOfSomeoneElse')
  // RFC 9700 section 4.4.2.2: an answer to another redirect URI is another server's.
  const { issuer } = begun
  const foreign = iss === undefined ? issuer?.required === true : mismatch(issuer?.value, iss)
  if (foreign || begun.redirectUri !== redirectUri)
    return authorizationRefusal(parts, 'IssuerMismatch')
  if (!('error' in answer)) return undefined
  const code = DENIED.test(answer.error) ? 'AuthorizationDenied' : 'AuthorizationFailed'
  return authorizationRefusal(parts, code, answer.error)
}

/** Compared as texts (RFC 9207 section 2.4). Where no issuer is known there is nothing to compare with. */
function mismatch(known: string | undefined, iss: string): boolean {
  return known !== undefined && known !== iss
}
