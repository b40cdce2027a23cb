import { doubtMoment } from './doubt-looks.js'
import { dueLeftover } from './leftovers.js'
import { READ_KEPT } from './kept-answers.js'
import { refreshDue } from './refresh-causes.js'
import { servedUntilMs, serve } from './request-table.js'
import { verdictOf } from './parts/health.js'
import { nextForgottenAtMs, type Waiter } from './parts/queue.js'
import { earliestRequestMs, limitOpensMs } from './parts/refresh.js'
import { nextReleaseAtMs } from './parts/release-pace.js'
import type { Ending } from './parts/revocation.js'
import { LONG_DELAY_MS, type Rotation } from './parts/rotations.js'
import type { TokenParts } from './token-parts.js'
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
  readonly now?: Work | undefined
  readonly atMs?: number | undefined
  /** What the moment is for: the summary of the timer in the Web UI. */
  readonly summary?: string | undefined
}

export function dueWork(parts: TokenParts, nowMs: number): Due {
  if (parts.definition.describeNeeded) return { now: { work: 'describe' } }
  const due = earlier(dueNow(parts, nowMs), dueLeftover(parts, nowMs))
  return due.now === undefined ? wakeUps(parts, nowMs).reduce(earlier, due) : due
}

function earlier(one: Due, other: Due): Due {
  if (one.now !== undefined || (other.now === undefined && other.atMs === undefined)) return one
  if (other.now !== undefined || one.atMs === undefined) return other
  return other.atMs !== undefined && other.atMs < one.atMs ? other : one
}

/** What has nothing to do but to wake the workflow at a moment. */
function wakeUps(parts: TokenParts, nowMs: number): readonly Due[] {
  const { connection, queue } = parts
  return [
    { atMs: nextWarningAtMs(parts, nowMs), summary: `warn of what ends at ${connection}` },
    {
      atMs: releaseAtMs(parts, nowMs),
      summary: `parked flows of ${connection} go on, one after the other`,
    },
    {
      atMs: nextForgottenAtMs(queue),
      summary: `forget flows that no longer wait for ${connection}`,
    },
  ]
}

/** When the parked flows that have to wait for their turn go on. */
function releaseAtMs(parts: TokenParts, nowMs: number): number | undefined {
  const { release, waiters } = parts.queue
  if (release === undefined) return undefined
  const isHeld = (waiter: Waiter): boolean =>
    waiter.told !== undefined && serve(parts, waiter, nowMs).serve === 'grant'
  return waiters.some(isHeld) ? Math.max(nowMs, nextReleaseAtMs(release)) : undefined
}

function dueNow(parts: TokenParts, nowMs: number): Due {
  const { ending } = parts.revocation
  const { facts } = parts.definition
  // First: what is revoked after a new credential has come may take that one with it.
  if (ending !== undefined)
    return ending.retryAtMs !== undefined && ending.retryAtMs > nowMs
      ? { atMs: ending.retryAtMs, summary: `tell the provider that ${parts.connection} ends` }
      : { now: { work: 'revoke', ending } }
  const rotation = nextRotation(parts)
  if (rotation !== undefined && facts !== undefined) {
    const startsAtMs = rotationAtMs(parts, rotation)
    if (startsAtMs <= nowMs) return { now: rotationWork(rotation) }
  }
  const { next } = parts.token.doubt ?? {}
  const isVerifyDue = next?.check === 'verify' && next.atMs <= nowMs
  if (isVerifyDue && parts.grant.sealed !== undefined) return { now: { work: 'verify-suspect' } }
  const mint = withDoubt(dueMint(parts, nowMs), parts)
  if (mint.now !== undefined || rotation === undefined || facts === undefined) return mint
  const rotationMs = rotationAtMs(parts, rotation)
  return mint.atMs !== undefined && mint.atMs <= rotationMs
    ? mint
    : { atMs: rotationMs, summary: `try the new credential of ${parts.connection}` }
}

/** Wakes the workflow for the next look at a credential that is refused. */
function withDoubt(due: Due, parts: TokenParts): Due {
  const atMs = doubtMoment(parts)
  if (due.now !== undefined || atMs === undefined) return due
  if (due.atMs !== undefined && due.atMs <= atMs) return due
  return { atMs, summary: `look whether ${parts.connection} is still refused` }
}

/** The one whose turn comes first: one that has to wait for its provider holds up no other. */
function nextRotation(parts: TokenParts): Rotation | undefined {
  const [first, ...others] = parts.rotations
  if (first === undefined) return undefined
  return others.reduce(
    (next, one) => (rotationAtMs(parts, one) < rotationAtMs(parts, next) ? one : next),
    first,
  )
}

/** For people: that a new credential waits for its provider. */
export function delayedWarning(parts: TokenParts, nowMs: number): readonly string[] {
  const { rotations, connection } = parts
  const delays = rotations
    .map((rotation) => rotationAtMs(parts, rotation))
    .filter((atMs) => atMs > nowMs + LONG_DELAY_MS)
  if (delays.length === 0) return []
  const at = new Date(Math.min(...delays)).toISOString()
  return [
    `A new credential of ${connection} waits until ${at}, as the provider asked: it is tried by itself then. Another one that is given before is tried at once.`,
  ]
}

/** When a new credential is worked on: after its back-off, and not past the provider's limit of token requests. */
export function rotationAtMs(parts: TokenParts, rotation: Rotation): number {
  const { retryAtMs = 0 } = rotation
  if (rotationWork(rotation).work !== 'mint-rotation') return retryAtMs
  return Math.max(retryAtMs, limitOpensMs(parts.refresh, parts.definition.facts?.policy.mintLimit))
}

function rotationWork(rotation: Rotation): Work {
  if (rotation.minted !== undefined) return { work: 'verify-rotation', rotation }
  return { work: rotation.grant === undefined ? 'prepare' : 'mint-rotation', rotation }
}

function dueMint(parts: TokenParts, nowMs: number): Due {
  const refresh = refreshDue(parts, nowMs)
  const end = verdictMoment(parts)
  if (refresh === undefined) return end
  const { cause, summary } = refresh
  const earliestMs = earliestRequestMs(parts.refresh, parts.definition.facts?.policy)
  // To read what is kept sends nothing: no pause holds it back.
  const atMs = cause === READ_KEPT ? nowMs : Math.max(refresh.atMs, earliestMs)
  if (atMs <= nowMs) return { now: { work: 'mint', cause } }
  if (end.atMs !== undefined && end.atMs < atMs) return end
  return { atMs, summary }
}

function verdictMoment(parts: TokenParts): Due {
  const { held } = parts.token
  if (verdictOf(parts.health) === undefined || held?.expiresAtMs === undefined) return {}
  const summary = `last token of ${parts.connection} ends`
  return { atMs: Math.ceil(servedUntilMs(held)), summary }
}
