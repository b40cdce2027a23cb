import type { FailedMint, MintResult, VerifyResult } from '../../src/contract/token-activities.js'
import { retryWaitMs } from '../../src/contract/wait.js'
import { adoptAccount, isOtherAccount } from './account.js'
import { AUTHORIZATION_LIFETIME_MS } from '../../src/contract/authorization.js'
import { authorizationRefusal } from './authorizations.js'
import { leasesEndMs, leaveBehind } from './revocation.js'
import { noteLifetime } from './lifetime-notes.js'
import { applyDetails } from './operator-commands.js'
import { keepForRotation, spentWords } from './kept-answers.js'
import { changeHealth, rollBack, record } from './life-story.js'
import { backOffMs } from './refresh-outcomes.js'
import { type Moment, toHeldToken } from './refresh-timing.js'
import {
  ANSWERS_WITHIN_MS,
  dropOlder,
  refuseCode,
  refuseRotation,
  type RotationEnd,
} from './rotation-list.js'
import { makeCurrent, noteExchanged } from './parts/given-credentials.js'
import { authorizedNow, noteGrantEnd, toGranted } from './parts/grant.js'
import { forgetAllKept } from './parts/kept-answers.js'
import { noteAsked } from './parts/queue.js'
import { removeRotation, replaceRotation, type Rotation } from './parts/rotations.js'
import { withDoubt } from './parts/token.js'
import type { TokenParts } from './token-parts.js'
import { adoptToken, countTokenRequest } from './token-results.js'

/** How often a new credential is tried where the provider is in the way, not the credential. */
const ROTATION_TRIES = 3

/** Takes in the first token request with a new credential. The old one stays current. */
export function applyRotationMint(
  parts: TokenParts,
  rotation: Rotation,
  result: MintResult,
  moment: Moment,
): RotationEnd | undefined {
  const { facts } = parts.definition
  const { nowMs } = moment
  if (facts === undefined) return undefined
  if (result.outcome === 'rolled_back') {
    rollBack(parts, nowMs, 'this run comes from a reset')
    return refuseRotation(
      parts,
      rotation,
      { code: 'RolledBack', message: 'the workflow was reset; send the credential again' },
      nowMs,
    )
  }
  countTokenRequest(parts, facts, result, nowMs)
  if (result.outcome === 'failed') {
    keepForRotation(parts, rotation, result, nowMs)
    return retryRotation(parts, rotation, result, moment)
  }
  parts.grant = noteExchanged(parts.grant, rotation.mark, result, nowMs)
  const token = toHeldToken(result, facts, moment, { openSinceMs: rotation.openSinceMs })
  const { grant, runId, account, refreshTokenLifetimeMs, lifetimeNote } = result
  if (isOtherAccount(rotation, account)) {
    leaveBehind(parts, { grant, token: result.token }, nowMs)
    return refuseOtherAccount(parts, rotation, nowMs)
  }
  const granted = toGranted(result)
  const minted = { token, grant, runId, granted, account, refreshTokenLifetimeMs, lifetimeNote }
  const next = { ...rotation, retryAtMs: undefined, minted, tries: 0 }
  if (!facts.hasVerify) return adoptRotation(parts, next, nowMs)
  parts.rotations = replaceRotation(parts.rotations, next)
  return undefined
}

/** Takes in what the verify endpoint said of a new credential. */
export function applyRotationVerdict(
  parts: TokenParts,
  rotation: Rotation,
  result: VerifyResult,
  moment: Moment,
): RotationEnd | undefined {
  const { nowMs } = moment
  const why = {
    code: result.code ?? 'VerifyFailed',
    message: result.message ?? `the verify endpoint of ${parts.connection} could not be asked`,
  }
  if (result.outcome === 'accepted') {
    if (!isOtherAccount(rotation, result.account))
      return adoptRotation(parts, rotation, nowMs, { verified: result })
    const { minted } = rotation
    leaveBehind(parts, { grant: minted?.grant, token: minted?.token.sealed }, nowMs)
    return refuseOtherAccount(parts, rotation, nowMs)
  }
  if (result.outcome === 'refused') return refuseRotation(parts, rotation, why, nowMs)
  const adoptable = mayAdoptUnverified(parts, rotation)
  const isLast = result.again === false || rotation.tries + 1 >= ROTATION_TRIES
  // What has taken the place of its grant is not left lying about for as long as the provider likes.
  const isTooLong = adoptable && (result.retryAfterMs ?? 0) > ANSWERS_WITHIN_MS
  if (!isLast && !isTooLong) {
    delay(parts, rotation, { ...why, retryAfterMs: result.retryAfterMs }, moment)
    return undefined
  }
  return adoptable
    ? adoptRotation(parts, rotation, nowMs, { cause: 'unverified', warning: why.message })
    : refuseRotation(parts, rotation, why, nowMs)
}

/**
 * Nothing is known of it. Dropping a grant that the token request has already rotated would lose it;
 * a credential that can be given again is not taken in unseen, and none where the account can't be
 * compared with the one before.
 */
function mayAdoptUnverified(parts: TokenParts, { source, minted }: Rotation): boolean {
  const consumed = parts.definition.facts?.consumesGrant === true || 'authorization' in source
  const known = parts.grant.account?.marks ?? []
  const compared =
    known.length === 0 || minted?.account?.same === true || source.allowOtherAccount === true
  return consumed && compared
}

function refuseOtherAccount(parts: TokenParts, rotation: Rotation, nowMs: number): RotationEnd {
  return refuseRotation(parts, rotation, authorizationRefusal(parts, 'OtherAccount'), nowMs)
}

interface Adoption {
  readonly verified?: VerifyResult | undefined
  readonly cause?: string | undefined
  /** What a person should know although it is taken in. */
  readonly warning?: string | undefined
}

function adoptRotation(
  parts: TokenParts,
  rotation: Rotation,
  nowMs: number,
  { verified, cause, warning }: Adoption = {},
): RotationEnd {
  const { minted } = rotation
  if (minted !== undefined) dropOlder(parts, rotation, nowMs)
  parts.rotations = removeRotation(parts.rotations, rotation)
  parts.grant = forgetAllKept(parts.grant)
  if (minted === undefined) return { outcome: 'refused', code: 'NotMinted', message: 'no token' }
  parts.token = withDoubt(parts.token, undefined)
  const { sealed: grant } = parts.grant
  const { held: before } = parts.token
  adoptToken(parts, minted.token, minted.grant, nowMs)
  changeHealth(parts, 'credential taken in', { kind: 'active' }, nowMs)
  // Whoever gives a credential is about to use it.
  parts.queue = noteAsked(parts.queue, nowMs)
  parts.grant = makeCurrent(parts.grant, rotation.mark, nowMs)
  // A new consent is a new grant. A credential that was given may be of the same one, which must live.
  if ('authorization' in rotation.source)
    leaveBehind(parts, { grant, token: before?.sealed }, leasesEndMs(parts, before, nowMs))
  noteLifetime(parts, minted.lifetimeNote, undefined, { nowMs, random: 0.5 })
  adoptAccount(parts, [minted.account, verified?.account], verified?.name, nowMs)
  const { granted = {} } = minted
  const answered =
    warning === undefined
      ? granted
      : { ...granted, warnings: [...(granted.warnings ?? []), warning] }
  const authorized = authorizedNow(parts.grant, answered, nowMs)
  parts.grant = noteGrantEnd(authorized, minted, minted.token.issuedAtMs)
  record(parts, {
    atMs: nowMs,
    event: rotation.as === 'connect' ? 'connected' : 'rotated',
    generation: parts.token.generation,
    cause,
    nextDueMs: minted.token.softAtMs,
    by: rotation.by,
  })
  applyDetails(parts, rotation.details, nowMs, rotation.by)
  return { outcome: 'done' }
}

function retryRotation(
  parts: TokenParts,
  rotation: Rotation,
  failure: FailedMint,
  moment: Moment,
): RotationEnd | undefined {
  const { nowMs } = moment
  const isCode = 'authorization' in rotation.source
  if (isCode && (failure.retryAfterMs ?? 0) > AUTHORIZATION_LIFETIME_MS)
    return refuseCode(parts, rotation, failure, nowMs)
  const transient = isCode
    ? // A code is good for one request (RFC 6749 section 4.1.2).
      failure.class === 'not_sent' || failure.class === 'throttled'
    : failure.class !== 'invalid_grant' && failure.class !== 'misconfigured'
  const spent = spentWords(parts, failure)
  if (transient && spent === undefined && rotation.tries + 1 < ROTATION_TRIES) {
    const consumed = failure.class === 'ambiguous' || failure.class === 'server_error'
    const prior = consumed ? 'ambiguous' : rotation.prior
    const openSinceMs = rotation.openSinceMs ?? (consumed ? moment.scheduledAtMs : undefined)
    delay(parts, { ...rotation, prior, openSinceMs }, failure, moment)
    return undefined
  }
  const consumes = parts.definition.facts?.consumesGrant === true
  const lost = consumes && failure.class === 'invalid_grant' && rotation.prior !== 'clean'
  const lostWords = 'An earlier try had no clear answer and may have used it up: get a new one.'
  const next = spent ?? (lost ? lostWords : undefined)
  const message = next === undefined ? failure.message : `${failure.message} ${next}`
  return refuseRotation(parts, rotation, { code: failure.code, message }, nowMs)
}

interface Trouble {
  readonly code: string
  readonly message: string
  readonly retryAfterMs?: number | undefined
}

/** It is tried again: after a back-off, and not before the provider wants it. */
function delay(
  parts: TokenParts,
  rotation: Rotation,
  { code, message, retryAfterMs }: Trouble,
  { nowMs, random }: Moment,
): void {
  const tries = rotation.tries + 1
  const retryAtMs = nowMs + retryWaitMs(retryAfterMs, backOffMs(tries, random))
  parts.rotations = replaceRotation(parts.rotations, { ...rotation, tries, retryAtMs })
  record(parts, {
    atMs: nowMs,
    event: 'rotation_delayed',
    cause: message,
    code,
    attempt: tries,
    nextDueMs: retryAtMs,
    generation: parts.token.generation,
  })
}
