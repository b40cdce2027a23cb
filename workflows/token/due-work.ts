import { doubtMoment } from './doubt-looks.js'
import { dueLeftover } from './leftovers.js'
import { READ_KEPT } from './kept-answers.js'
import { mintWindowOpensMs } from './mint-limit.js'
import { refreshDue } from './refresh-causes.js'
import { servedUntilMs } from './request-table.js'
import { verdictOf } from './parts/health.js'
import type { Ending } from './revocation.js'
import { LONG_DELAY_MS } from './rotation-list.js'
import type { Rotation, TokenSnapshot } from './token-snapshot.js'
import { nextWarningAtMs } from './warnings.js'

/** The one thing to do next outside the workflow. */
export type Work =
  | { readonly work: 'describe' }
  | { readonly work: 'revoke' | 'revoke-leftover'; readonly ending: Ending }
  | { readonly work: 'prepare'; readonly rotation: Rotation }
  | { readonly work: 'mint-rotation'; readonly rotation: Rotation }
  | { readonly work: 'verify-rotation'; readonly rotation: Rotation }
  | { readonly work: 'verify-suspect' }
  | { readonly work: 'mint'; readonly cause: string }

/** Work that is due now, or the moment at which some will be. */
export interface Due {
  readonly now?: Work
  readonly atMs?: number
  /** What the moment is for: the summary of the timer in the Web UI. */
  readonly summary?: string
}

export function dueWork(snapshot: TokenSnapshot, nowMs: number): Due {
  if (snapshot.describeNeeded) return { now: { work: 'describe' } }
  const due = earlier(dueNow(snapshot, nowMs), dueLeftover(snapshot, nowMs))
  return withWarning(due, snapshot, nowMs)
}

function earlier(one: Due, other: Due): Due {
  if (one.now !== undefined || (other.now === undefined && other.atMs === undefined)) return one
  if (other.now !== undefined || one.atMs === undefined) return other
  return other.atMs !== undefined && other.atMs < one.atMs ? other : one
}

/** Wakes the workflow when there is something to warn of. */
function withWarning(due: Due, snapshot: TokenSnapshot, nowMs: number): Due {
  if (due.now !== undefined) return due
  const atMs = nextWarningAtMs(snapshot, nowMs)
  if (atMs === undefined || (due.atMs !== undefined && due.atMs <= atMs)) return due
  return { atMs, summary: `warn of what ends at ${snapshot.connection}` }
}

function dueNow(snapshot: TokenSnapshot, nowMs: number): Due {
  const { ending } = snapshot
  // First: what is revoked after a new credential has come may take that one with it.
  if (ending !== undefined)
    return ending.retryAtMs !== undefined && ending.retryAtMs > nowMs
      ? { atMs: ending.retryAtMs, summary: `tell the provider that ${snapshot.connection} ends` }
      : { now: { work: 'revoke', ending } }
  const rotation = nextRotation(snapshot)
  if (rotation !== undefined && snapshot.facts !== undefined) {
    const startsAtMs = rotationAtMs(snapshot, rotation)
    if (startsAtMs <= nowMs) return { now: rotationWork(rotation) }
  }
  const { doubt } = snapshot
  if (doubt?.next?.check === 'verify' && doubt.next.atMs <= nowMs && snapshot.grant !== undefined)
    return { now: { work: 'verify-suspect' } }
  const mint = withDoubt(dueMint(snapshot, nowMs), snapshot)
  if (mint.now !== undefined || rotation === undefined || snapshot.facts === undefined) return mint
  const rotationMs = rotationAtMs(snapshot, rotation)
  return mint.atMs !== undefined && mint.atMs <= rotationMs
    ? mint
    : { atMs: rotationMs, summary: `try the new credential of ${snapshot.connection}` }
}

/** Wakes the workflow for the next look at a credential that is refused. */
function withDoubt(due: Due, snapshot: TokenSnapshot): Due {
  const atMs = doubtMoment(snapshot)
  if (due.now !== undefined || atMs === undefined) return due
  if (due.atMs !== undefined && due.atMs <= atMs) return due
  return { atMs, summary: `look whether ${snapshot.connection} is still refused` }
}

/** The one whose turn comes first: one that has to wait for its provider holds up no other. */
function nextRotation(snapshot: TokenSnapshot): Rotation | undefined {
  const [first, ...others] = snapshot.rotations
  if (first === undefined) return undefined
  return others.reduce(
    (next, one) => (rotationAtMs(snapshot, one) < rotationAtMs(snapshot, next) ? one : next),
    first,
  )
}

/** For people: that a new credential waits for its provider. */
export function delayedWarning(snapshot: TokenSnapshot, nowMs: number): readonly string[] {
  const { rotations, connection } = snapshot
  const delays = rotations
    .map((rotation) => rotationAtMs(snapshot, rotation))
    .filter((atMs) => atMs > nowMs + LONG_DELAY_MS)
  if (delays.length === 0) return []
  const at = new Date(Math.min(...delays)).toISOString()
  return [
    `A new credential of ${connection} waits until ${at}, as the provider asked: it is tried by itself then. Another one that is given before is tried at once.`,
  ]
}

/** When a new credential is worked on: after its back-off, and not past the provider's limit of token requests. */
export function rotationAtMs(snapshot: TokenSnapshot, rotation: Rotation): number {
  const afterLimit =
    rotationWork(rotation).work === 'mint-rotation' ? mintWindowOpensMs(snapshot) : 0
  return Math.max(rotation.retryAtMs ?? 0, afterLimit)
}

function rotationWork(rotation: Rotation): Work {
  if (rotation.minted !== undefined) return { work: 'verify-rotation', rotation }
  return { work: rotation.grant === undefined ? 'prepare' : 'mint-rotation', rotation }
}

function dueMint(snapshot: TokenSnapshot, nowMs: number): Due {
  const refresh = refreshDue(snapshot, nowMs)
  const end = verdictMoment(snapshot)
  if (refresh === undefined) return end
  const { cause, summary } = refresh
  // To read what is kept sends nothing: no pause holds it back.
  const atMs = cause === READ_KEPT ? nowMs : Math.max(refresh.atMs, earliestMint(snapshot))
  if (atMs <= nowMs) return { now: { work: 'mint', cause } }
  if (end.atMs !== undefined && end.atMs < atMs) return end
  return { atMs, summary }
}

function verdictMoment(snapshot: TokenSnapshot): Due {
  if (verdictOf(snapshot.health) === undefined || snapshot.token?.expiresAtMs === undefined) return {}
  const summary = `last token of ${snapshot.connection} ends`
  return { atMs: Math.ceil(servedUntilMs(snapshot.token)), summary }
}

/** A back-off or `Retry-After`, the provider's limit of token requests and the least gap between token requests hold for every cause. */
export function earliestMint(snapshot: TokenSnapshot): number {
  const gap = snapshot.facts?.policy.minRefreshGapMs ?? 0
  const afterGap = snapshot.lastMintAtMs === undefined ? 0 : snapshot.lastMintAtMs + gap
  return Math.max(snapshot.retryAtMs ?? 0, afterGap, mintWindowOpensMs(snapshot))
}
