import { doubtMoment } from './doubt-looks.js'
import { dueLeftover } from './leftovers.js'
import { READ_KEPT } from './kept-answers.js'
import { mintWindowOpensMs } from './mint-limit.js'
import { servedUntilMs, statusOf, wantsLonger } from './request-table.js'
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

const IDLE_SHARE = 0.8

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
  const moment = mintMoment(snapshot, nowMs)
  const end = doomMoment(snapshot)
  if (moment === undefined) return end
  // To read what is kept sends nothing: no pause holds it back.
  const held = moment.cause === READ_KEPT ? nowMs : Math.max(moment.atMs, earliestMint(snapshot))
  if (held <= nowMs) return { now: { work: 'mint', cause: moment.cause } }
  if (end.atMs !== undefined && end.atMs < held) return end
  return { atMs: held, summary: `refresh ${snapshot.connection} (${moment.cause})` }
}

function doomMoment(snapshot: TokenSnapshot): Due {
  if (snapshot.doom === undefined || snapshot.token?.expiresAtMs === undefined) return {}
  const summary = `last token of ${snapshot.connection} ends`
  return { atMs: Math.ceil(servedUntilMs(snapshot.token)), summary }
}

/** A back-off or `Retry-After`, the provider's limit of token requests and the least gap between token requests hold for every cause. */
export function earliestMint(snapshot: TokenSnapshot): number {
  const gap = snapshot.facts?.policy.minRefreshGapMs ?? 0
  const afterGap = snapshot.lastMintAtMs === undefined ? 0 : snapshot.lastMintAtMs + gap
  return Math.max(snapshot.retryAtMs ?? 0, afterGap, mintWindowOpensMs(snapshot))
}

interface MintMoment {
  readonly atMs: number
  readonly cause: string
}

/** When the next token request is due and why, before back-off and gap are looked at. */
function mintMoment(snapshot: TokenSnapshot, nowMs: number): MintMoment | undefined {
  const { facts, grant, token, health } = snapshot
  if (facts === undefined || grant === undefined || snapshot.unknownConnector !== undefined)
    return undefined
  if (snapshot.forced === READ_KEPT && health !== 'revoked')
    return { atMs: nowMs, cause: READ_KEPT }
  if (health === 'pending' || health === 'needs_reauth' || health === 'revoked') return undefined
  if (snapshot.forced !== undefined) return { atMs: nowMs, cause: snapshot.forced }
  const { doubt } = snapshot
  if (doubt?.next?.check === 'refresh')
    return {
      atMs: doubt.next.atMs,
      cause: `rejected: HTTP ${String(doubt.status)} to ${doubt.endpoint}`,
    }
  // Tried again with a verdict as without one; where a try may count as a wrong password there is no moment.
  if (health === 'misconfigured' || snapshot.doom !== undefined)
    return snapshot.retryAtMs === undefined
      ? undefined
      : { atMs: snapshot.retryAtMs, cause: `after ${snapshot.failing?.code ?? health}` }
  // Of whatever kind: a static credential whose sealing key is missing is tried again as well.
  if (snapshot.failing !== undefined)
    return { atMs: snapshot.retryAtMs ?? nowMs, cause: `after ${snapshot.failing.code}` }
  if (!facts.refreshes || health === 'rejected') return undefined
  if (token === undefined) return { atMs: nowMs, cause: 'no token' }
  const asked = askedMoment(snapshot, nowMs)
  if (asked !== undefined) return asked
  if (facts.policy.mode === 'timer' && token.softAtMs !== undefined)
    return { atMs: token.softAtMs, cause: token.softAtMs === token.hardAtMs ? 'hard' : 'soft' }
  if (facts.policy.idleLimitMs === undefined) return undefined
  return { atMs: token.issuedAtMs + facts.policy.idleLimitMs * IDLE_SHARE, cause: 'keep-alive' }
}

/** A flow that asks makes a refresh due for tokens that no timer looks after, and for a longer validity. */
function askedMoment(snapshot: TokenSnapshot, nowMs: number): MintMoment | undefined {
  const { token, waiters } = snapshot
  if (token === undefined || waiters.length === 0 || statusOf(snapshot) === 'paused')
    return undefined
  if (token.hardAtMs !== undefined && nowMs >= token.hardAtMs) return { atMs: nowMs, cause: 'hard' }
  if (waiters.some((waiter) => wantsLonger(snapshot, waiter, token, nowMs)))
    return { atMs: nowMs, cause: 'longer validity' }
  return undefined
}
