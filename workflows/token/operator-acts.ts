import type { Actor } from '../../src/contract/actor.js'
import type { AuthKindName } from '../../src/contract/credential.js'
import type { DetailsChange } from '../../src/contract/connection-details.js'
import type { ResealResult, SealedValue } from '../../src/contract/sealed.js'
import type { VerifyResult } from '../../src/contract/token-activities.js'
import type { RemovedConnection } from '../../src/contract/token-status.js'
import { knownAccount } from './account.js'
import { applyDetails, askRefresh, removeConnection } from './operator-commands.js'
import { earliestRequestMs } from './parts/refresh.js'
import { nextLeftover } from './parts/revocation.js'
import type { HeldToken } from './parts/token.js'
import { servedUntilMs } from './request-table.js'
import { applyResealed, sealedValues } from './sealing-keys.js'
import type { TokenParts } from './token-parts.js'
import { applyVerification } from './doubt-looks.js'
import { record } from './life-story.js'
import { reportRejection } from './refresh-reasons.js'
import { mayEnd } from './use.js'

/** A login has 35 s to begin its last request; what a kind of the user's own does, nobody knows. */
const STEPPED_KINDS: ReadonlySet<AuthKindName | undefined> = new Set(['login-flow', 'custom'])

/** What operators ask of a connection, and what has to be known to answer them. */
export class OperatorActs {
  readonly #parts: TokenParts

  constructor(parts: TokenParts) {
    this.#parts = parts
  }

  /** Token requests that have ended. */
  get tries(): number {
    return this.#parts.refresh.tries
  }
  /** When the token request that somebody asked for is sent; undefined: none is due. */
  get refreshAtMs(): number | undefined {
    const { refresh, definition } = this.#parts
    if (refresh.cause === undefined) return undefined
    return earliestRequestMs(refresh, definition.facts?.policy)
  }
  get token(): HeldToken | undefined {
    return this.#parts.token.held
  }
  /** Whether its token may end, because nothing replaces it before somebody asks. */
  get mayEnd(): boolean {
    return mayEnd(this.#parts)
  }
  /** Whether the time of the token is over. */
  hasEnded(nowMs: number): boolean {
    const { held } = this.#parts.token
    return held !== undefined && nowMs >= servedUntilMs(held)
  }
  /** Whether a token request may be made of several requests, and so take most of a minute. */
  get asksInSteps(): boolean {
    return STEPPED_KINDS.has(this.#parts.definition.facts?.kind)
  }
  get knownAccount(): readonly string[] | undefined {
    return knownAccount(this.#parts)
  }
  /** Whether it was removed, and nothing is left to be done or answered. */
  get isRemoved(): boolean {
    const { removing, revocation, queue } = this.#parts
    const isTold = revocation.pending === undefined && nextLeftover(revocation) === undefined
    return removing === true && isTold && queue.waiters.length === 0
  }
  /** The result of the workflow of a connection that {@link isRemoved}: whoever removed it may be gone, and reads it there. */
  get whatIsLeft(): RemovedConnection {
    return { revocation: this.#parts.revocation.outcome }
  }

  /** Refreshes now, or says why there is nothing to refresh. */
  askRefresh(nowMs: number, by?: Actor): string | undefined {
    return askRefresh(this.#parts, nowMs, by)
  }

  takeVerified(token: HeldToken, result: VerifyResult, nowMs: number, by?: Actor): void {
    takeVerified(this.#parts, token, result, nowMs, by)
  }

  sealedValues(): readonly SealedValue[] {
    return sealedValues(this.#parts)
  }

  takeResealed(
    before: readonly SealedValue[],
    result: ResealResult,
    nowMs: number,
    by?: Actor,
  ): void {
    applyResealed(this.#parts, before, result, nowMs, by)
  }

  remove(nowMs: number, by?: Actor): void {
    removeConnection(this.#parts, nowMs, by)
  }

  /** Changes what is said of the connection. */
  changeDetails(change: DetailsChange, nowMs: number, by?: Actor): void {
    applyDetails(this.#parts, change, nowMs, by)
  }
}

/** HTTP 401: that the verify endpoint refuses is known, and no more. */
const REFUSED_STATUS = 401

/**
 * Takes in what the verify endpoint said to an operator: as one answer among others, for a verdict takes
 * more than one (docs/decisions/verdicts.md).
 */
function takeVerified(
  parts: TokenParts,
  token: HeldToken,
  result: VerifyResult,
  nowMs: number,
  by?: Actor,
): void {
  const { outcome, code } = result
  const { generation, held, doubt } = parts.token
  record(parts, { atMs: nowMs, event: 'verified', cause: outcome, code, generation, by })
  if (held?.sealed !== token.sealed) return
  if (doubt?.next?.check === 'verify') applyVerification(parts, result, nowMs)
  else if (outcome === 'refused') {
    const rejected = { generation, status: REFUSED_STATUS, endpoint: 'verify' }
    reportRejection(parts, rejected, 'an operator', nowMs)
  }
}
