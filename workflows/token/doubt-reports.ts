import type { RejectedGeneration } from '../../src/contract/messages.js'
import { asksVerify, type Doubt, inARowNoMore, DOUBT_QUIET_MS, WITNESS_MS } from './parts/doubt.js'
import { lookAgain } from './doubt-looks.js'
import { record } from './life-story.js'
import { withDoubt } from './parts/token.js'
import type { TokenParts } from './token-parts.js'

const REFUSALS_OF_REQUEST = 3
const MAX_WITNESSES = 8

/** A request was refused. True: it is that request's own failure. */
export function doubtCredential(
  parts: TokenParts,
  rejected: RejectedGeneration,
  by: string,
  nowMs: number,
): boolean {
  const { facts } = parts.definition
  const { generation } = parts.token
  if (facts === undefined) return false
  const { status, endpoint = 'a request' } = rejected
  const before = withEvidence(current(parts, nowMs), parts, rejected, by, nowMs)
  const witness = `${by} ${endpoint}`.slice(0, 200)
  const times = (before.witnesses.find((one) => one.by === witness)?.times ?? 0) + 1
  const others = before.witnesses.filter((one) => one.by !== witness).slice(1 - MAX_WITNESSES)
  const doubt: Doubt = {
    ...before,
    lastMs: nowMs,
    generation,
    status,
    endpoint: endpoint.slice(0, 100),
    witnesses: [...others, { by: witness, times }],
  }
  parts.token = withDoubt(parts.token, doubt)
  // A look is under way already: this one is another witness, and waits with the others.
  if (doubt.next !== undefined) return false
  const alone = !facts.refreshes && !asksVerify(facts, doubt) && others.length === 0
  if (times >= REFUSALS_OF_REQUEST && (doubt.accepted || alone)) {
    const counted = { ...doubt, witnesses: [...others, { by: witness, times: 0 }] }
    parts.token = withDoubt(parts.token, counted)
    return true
  }
  const refusedLooks = before.generation === generation ? before.refusedLooks + 1 : 1
  lookAgain(parts, { ...doubt, answers: doubt.answers + 1, refusedLooks }, nowMs, times)
  return false
}

/** The doubt that goes on, or a new one. */
function current({ token: { doubt, generation } }: TokenParts, nowMs: number): Doubt {
  const fresh = { sinceMs: nowMs, lastMs: nowMs, generation, status: 0, endpoint: '' }
  const none: Doubt = {
    ...fresh,
    answers: 0,
    refusedLooks: 0,
    refusedByVerify: 0,
    verifyFails: 0,
    accepted: false,
    rounds: 0,
    witnesses: [],
    holdsAll: false,
  }
  if (doubt === undefined) return none
  const quiet =
    doubt.next === undefined && nowMs - (doubt.releasedAtMs ?? doubt.lastMs) >= DOUBT_QUIET_MS
  if (!quiet) return doubt
  const remembered = nowMs - doubt.lastMs < WITNESS_MS ? doubt.witnesses : []
  return { ...none, witnesses: remembered.map(({ by }) => ({ by, times: 0 })) }
}

/** Takes into account what passed with this generation, as the worker of the refused request saw it. */
function withEvidence(
  doubt: Doubt,
  parts: TokenParts,
  { passed }: RejectedGeneration,
  by: string,
  nowMs: number,
): Doubt {
  const sameGeneration = doubt.generation === parts.token.generation
  const base = sameGeneration ? doubt : { ...doubt, accepted: false }
  if (passed === undefined || doubt.answers === 0 || nowMs - passed.agoMs < doubt.lastMs)
    return base
  return {
    ...inARowNoMore(base),
    // With another one a request passes while this one is refused: an API whose cache lags.
    accepted: sameGeneration && passed.generation === parts.token.generation,
    witnesses: doubt.witnesses.filter((one) => one.by.startsWith(`${by} `)),
  }
}

/** The first refusal of a generation is recorded once. */
export function recordRejection(
  parts: TokenParts,
  who: string,
  nowMs: number,
  before: Doubt | undefined,
): void {
  const { generation } = parts.token
  if (before?.generation === generation && nowMs - before.lastMs < DOUBT_QUIET_MS) return
  record(parts, { atMs: nowMs, event: 'rejected', cause: `by ${who}`, generation })
}
