import type { Actor } from '../../src/contract/actor.js'
import type { VerifyResult } from '../../src/contract/token-activities.js'
import { applyVerification } from './doubt-looks.js'
import { record } from './life-story.js'
import type { HeldToken } from './parts/token.js'
import { reportRejection } from './refresh-reasons.js'
import type { TokenParts } from './token-parts.js'

/** HTTP 401: that the verify endpoint refuses is known, and no more. */
const REFUSED_STATUS = 401

/**
 * Takes in what the verify endpoint said to an operator: as one answer among others, for a verdict takes
 * more than one (docs/decisions/verdicts.md).
 */
export function takeVerified(
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
