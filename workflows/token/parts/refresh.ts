import type { MintFailureClass } from '../../../src/contract/token-activities.js'
import type { RefreshPolicy } from '../../../src/contract/connector-facts.js'

/** Failed token requests since the last good one. */
export interface RefreshFailure {
  readonly class: MintFailureClass
  readonly code: string
  readonly message: string
  readonly sinceMs: number
  readonly count: number
  readonly sameClass: number
  /** Answers in a row that refused the request itself. */
  readonly refusals: number
}

/** The token requests with the current grant: what became of them, and when the next one may leave. */
export interface RefreshPart {
  /** Token requests that ended, whatever came. */
  readonly tries: number
  /** How many of them were made for a kind that refreshes, those with new credentials included. */
  readonly requests: number
  readonly lastFailure?: RefreshFailure | undefined
  readonly retryAtMs?: number | undefined
  readonly lastMintAtMs?: number | undefined
  /** The last token requests, where the provider limits how many there may be. */
  readonly requestedAtMs?: readonly number[] | undefined
  /** Why a token request is due now, where neither time nor waiters say so. */
  readonly cause?: string | undefined
  /** Late after an outage and not asked for: it is made at this moment, so that not all are at once. */
  readonly catchUpAtMs?: number | undefined
}

export function startRefresh(): RefreshPart {
  return { tries: 0, requests: 0 }
}

/** A token request is due now, for this cause. */
export function forceRefresh(part: RefreshPart, cause: string): RefreshPart {
  return { ...part, cause }
}

/** The same, where no other cause stands already. */
export function wishRefresh(part: RefreshPart, cause: string): RefreshPart {
  return { ...part, cause: part.cause ?? cause }
}

/** Undefined: it is made as soon as it is due. */
export function catchUpAt(part: RefreshPart, catchUpAtMs: number | undefined): RefreshPart {
  return { ...part, catchUpAtMs }
}

/** No back-off holds the next try back. */
export function endBackOff(part: RefreshPart): RefreshPart {
  return { ...part, retryAtMs: undefined }
}

/** A try has ended, whatever came of it. */
export function noteTry(part: RefreshPart): RefreshPart {
  return { ...part, tries: part.tries + 1, cause: undefined, catchUpAtMs: undefined }
}

export function countRequest(part: RefreshPart): RefreshPart {
  return { ...part, requests: part.requests + 1 }
}

export function noteSuccess(part: RefreshPart, nowMs: number): RefreshPart {
  return { ...forgetTries(part), lastMintAtMs: nowMs }
}

/** @param retryAtMs undefined: it is not tried again by itself */
export function noteFailure(
  part: RefreshPart,
  lastFailure: RefreshFailure,
  retryAtMs: number | undefined,
): RefreshPart {
  return { ...part, lastFailure, retryAtMs }
}

/** The grant must not be used, or is gone: nothing is asked for. */
export function haltRefresh(part: RefreshPart): RefreshPart {
  return { ...part, cause: undefined, retryAtMs: undefined }
}

/** As after a revocation. */
export function forgetTries(part: RefreshPart): RefreshPart {
  return { ...haltRefresh(part), lastFailure: undefined }
}

type Limit = RefreshPolicy['mintLimit']

/** Notes a token request that has left, for providers that count them. */
export function noteTokenRequest(part: RefreshPart, limit: Limit, nowMs: number): RefreshPart {
  const { requestedAtMs = [] } = part
  const kept = limit === undefined ? undefined : [...requestedAtMs, nowMs].slice(-limit.count)
  return { ...part, requestedAtMs: kept }
}

/** Before this no further token request may leave; 0 where nothing stands against it. */
export function limitOpensMs({ requestedAtMs = [] }: RefreshPart, limit: Limit): number {
  if (limit === undefined) return 0
  const oldest = requestedAtMs.at(-limit.count)
  return oldest === undefined ? 0 : oldest + limit.windowMs
}

/** A back-off or `Retry-After`, the provider's limit of token requests and the least gap between token requests hold for every cause. */
export function earliestRequestMs(part: RefreshPart, policy: RefreshPolicy | undefined): number {
  const { retryAtMs = 0, lastMintAtMs } = part
  const afterGap = lastMintAtMs === undefined ? 0 : lastMintAtMs + (policy?.minRefreshGapMs ?? 0)
  return Math.max(retryAtMs, afterGap, limitOpensMs(part, policy?.mintLimit))
}
