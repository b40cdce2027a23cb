import type { MintResult, VerifyResult } from '../../src/contract/token-activities.js'
import { retryWaitMs } from '../../src/contract/wait.js'
import { adoptAccount, isOtherAccount } from './account.js'
import { AUTHORIZATION_LIFETIME_MS } from '../../src/contract/authorization.js'
import { authorizationRefusal } from './authorization-refusal.js'
import { makeCurrent, noteExchanged } from './given-credentials.js'
import { toGranted } from './granted.js'
import { leaveBehind, leasesEndMs } from './leftovers.js'
import { noteLifetime } from './lifetime-notes.js'
import { keepForRotation, spentWords } from './kept-answers.js'
import { changeHealth, rollBack, tell } from './life-story.js'
import { backOffMs } from './refresh-outcomes.js'
import { noteTokenRequest, wasSent } from './mint-limit.js'
import { type Moment, toHeldToken } from './held-token.js'
import {
  ANSWERS_WITHIN_MS,
  dropOlder,
  refuseCode,
  refuseRotation,
  removeRotation,
  replaceRotation,
  type RotationEnd,
} from './rotation-list.js'
import { adoptToken } from './token-results.js'
import type { Rotation, TokenSnapshot } from './token-snapshot.js'
import { noteGrantEnd } from './warnings.js'

/** How often a new credential is tried where the provider is in the way, not the credential. */
const ROTATION_TRIES = 3

/** Takes in the first token request with a new credential. The old one stays current. */
export function applyRotationMint(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  result: MintResult,
  moment: Moment,
): RotationEnd | undefined {
  const { facts } = snapshot
  const { nowMs } = moment
  if (facts === undefined) return undefined
  if (result.outcome === 'rolled_back') {
    rollBack(snapshot, nowMs, 'this run comes from a reset')
    return refuseRotation(
      snapshot,
      rotation,
      { code: 'RolledBack', message: 'the workflow was reset; send the credential again' },
      nowMs,
    )
  }
  if (facts.refreshes) snapshot.counts.refreshRequests += 1
  if (wasSent(result)) noteTokenRequest(snapshot, nowMs)
  if (result.outcome === 'failed') {
    keepForRotation(snapshot, rotation, result, nowMs)
    return retryRotation(snapshot, rotation, result, moment)
  }
  noteExchanged(snapshot, rotation.mark, result, nowMs)
  const token = toHeldToken(result, facts, moment, { openSinceMs: rotation.openSinceMs })
  const { refreshTokenLifetimeMs, lifetimeNote } = result
  if (isOtherAccount(rotation, result.account)) {
    leaveBehind(snapshot, { grant: result.grant, token: result.token }, nowMs)
    return refuseOtherAccount(snapshot, rotation, nowMs)
  }
  const minted = {
    token,
    grant: result.grant,
    runId: result.runId,
    granted: toGranted(result),
    ...(result.account === undefined ? {} : { account: result.account }),
    ...(refreshTokenLifetimeMs === undefined ? {} : { refreshTokenLifetimeMs }),
    ...(lifetimeNote === undefined ? {} : { lifetimeNote }),
  }
  const next = { ...withoutRetry(rotation), minted, tries: 0 }
  if (!facts.hasVerify) return adoptRotation(snapshot, next, nowMs)
  replaceRotation(snapshot, rotation, next)
  return undefined
}

/** Takes in what the verify endpoint said of a new credential. */
export function applyRotationVerdict(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  result: VerifyResult,
  moment: Moment,
): RotationEnd | undefined {
  const { nowMs } = moment
  const why = {
    code: result.code ?? 'VerifyFailed',
    message: result.message ?? `the verify endpoint of ${snapshot.connection} could not be asked`,
  }
  if (result.verdict === 'accepted') {
    if (!isOtherAccount(rotation, result.account))
      return adoptRotation(snapshot, rotation, nowMs, { verified: result })
    const { minted } = rotation
    leaveBehind(snapshot, { grant: minted?.grant, token: minted?.token.sealed }, nowMs)
    return refuseOtherAccount(snapshot, rotation, nowMs)
  }
  if (result.verdict === 'refused') return refuseRotation(snapshot, rotation, why, nowMs)
  const adoptable = mayAdoptUnverified(snapshot, rotation, result)
  const isLast = result.again === false || rotation.tries + 1 >= ROTATION_TRIES
  // What has taken the place of its grant is not left lying about for as long as the provider likes.
  const isTooLong = adoptable && (result.retryAfterMs ?? 0) > ANSWERS_WITHIN_MS
  if (!isLast && !isTooLong) {
    delay(snapshot, rotation, { ...why, retryAfterMs: result.retryAfterMs }, moment)
    return undefined
  }
  return adoptable
    ? adoptRotation(snapshot, rotation, nowMs, { cause: 'unverified', warning: why.message })
    : refuseRotation(snapshot, rotation, why, nowMs)
}

/**
 * Nothing is known of it. Dropping a grant that the token request has already rotated would lose it;
 * a credential that can be given again is not taken in unseen, and none where the account can't be
 * compared with the one before.
 */
function mayAdoptUnverified(
  snapshot: TokenSnapshot,
  { source, minted }: Rotation,
  { again }: VerifyResult,
): boolean {
  const consumed = snapshot.facts?.consumesGrant === true || 'authorization' in source
  // Histories of workers that did not say whether to ask again.
  if (again === undefined) return consumed || snapshot.token === undefined
  const known = snapshot.account?.marks ?? []
  const compared =
    known.length === 0 || minted?.account?.same === true || source.allowOtherAccount === true
  return consumed && compared
}

function refuseOtherAccount(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  nowMs: number,
): RotationEnd {
  return refuseRotation(snapshot, rotation, authorizationRefusal(snapshot, 'OtherAccount'), nowMs)
}

interface Adoption {
  readonly verified?: VerifyResult
  readonly cause?: string
  /** What a person should know although it is taken in. */
  readonly warning?: string
}

function adoptRotation(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  nowMs: number,
  { verified, cause, warning }: Adoption = {},
): RotationEnd {
  const { minted } = rotation
  if (minted !== undefined) dropOlder(snapshot, rotation, nowMs)
  removeRotation(snapshot, rotation)
  delete snapshot.keptAnswers
  if (minted === undefined) return { ok: false, code: 'NotMinted', message: 'no token' }
  delete snapshot.doubt
  const { grant, token: before } = snapshot
  adoptToken(snapshot, minted.token, minted.grant, nowMs)
  changeHealth(snapshot, 'credential taken in', { kind: 'active' }, nowMs)
  makeCurrent(snapshot, rotation.mark, nowMs)
  // A new consent is a new grant. A credential that was given may be of the same one, which must live.
  if ('authorization' in rotation.source)
    leaveBehind(snapshot, { grant, token: before?.sealed }, leasesEndMs(snapshot, before, nowMs))
  noteLifetime(snapshot, minted.lifetimeNote, undefined, { nowMs, random: 0.5 })
  adoptAccount(snapshot, [minted.account, verified?.account], verified?.name, nowMs)
  const { granted = {} } = minted
  snapshot.granted =
    warning === undefined
      ? granted
      : { ...granted, warnings: [...(granted.warnings ?? []), warning] }
  snapshot.authorizedAtMs = nowMs
  delete snapshot.grantEndsAtMs
  noteGrantEnd(snapshot, minted, minted.token)
  const { softAtMs } = minted.token
  tell(snapshot, {
    atMs: nowMs,
    event: rotation.as === 'connect' ? 'connected' : 'rotated',
    generation: snapshot.generation,
    ...(cause === undefined ? {} : { cause }),
    ...(softAtMs === undefined ? {} : { nextDueMs: softAtMs }),
  })
  return { ok: true }
}

type MintFailure = Extract<MintResult, { outcome: 'failed' }>

function retryRotation(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  failure: MintFailure,
  moment: Moment,
): RotationEnd | undefined {
  const { nowMs } = moment
  const isCode = 'authorization' in rotation.source
  if (isCode && (failure.retryAfterMs ?? 0) > AUTHORIZATION_LIFETIME_MS)
    return refuseCode(snapshot, rotation, failure, nowMs)
  const transient = isCode
    ? // A code is good for one request (RFC 6749 section 4.1.2).
      failure.class === 'not_sent' || failure.class === 'throttled'
    : failure.class !== 'invalid_grant' && failure.class !== 'misconfigured'
  const spent = spentWords(snapshot, failure)
  if (transient && spent === undefined && rotation.tries + 1 < ROTATION_TRIES) {
    const consumed = failure.class === 'ambiguous' || failure.class === 'server_error'
    const prior = consumed ? 'ambiguous' : rotation.prior
    const openSinceMs = rotation.openSinceMs ?? (consumed ? moment.scheduledAtMs : undefined)
    const left = { prior, ...(openSinceMs === undefined ? {} : { openSinceMs }) }
    delay(snapshot, { ...rotation, ...left }, failure, moment)
    return undefined
  }
  const consumes = snapshot.facts?.consumesGrant === true
  const lost = consumes && failure.class === 'invalid_grant' && rotation.prior !== 'clean'
  const lostWords = 'An earlier try had no clear answer and may have used it up: get a new one.'
  const next = spent ?? (lost ? lostWords : undefined)
  const message = next === undefined ? failure.message : `${failure.message} ${next}`
  return refuseRotation(snapshot, rotation, { code: failure.code, message }, nowMs)
}

interface Trouble {
  readonly code: string
  readonly message: string
  readonly retryAfterMs?: number | undefined
}

/** It is tried again: after a back-off, and not before the provider wants it. */
function delay(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  { code, message, retryAfterMs }: Trouble,
  { nowMs, random }: Moment,
): void {
  const tries = rotation.tries + 1
  const retryAtMs = nowMs + retryWaitMs(retryAfterMs, backOffMs(tries, random))
  replaceRotation(snapshot, rotation, { ...rotation, tries, retryAtMs })
  tell(snapshot, {
    atMs: nowMs,
    event: 'rotation_delayed',
    cause: message,
    code,
    attempt: tries,
    nextDueMs: retryAtMs,
    generation: snapshot.generation,
  })
}

function withoutRetry(rotation: Rotation): Rotation {
  const { retryAtMs: _done, ...rest } = rotation
  return rest
}
