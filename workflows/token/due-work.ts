import { doubtMoment } from './doubt-looks.js'
import { dueLeftover } from './revocation.js'
import { READ_KEPT } from './kept-answers.js'
import { refreshDue } from './refresh-causes.js'
import { servedUntilMs, serve } from './request-table.js'
import { verdictOf } from './parts/health.js'
import { nextForgottenAtMs, nextReleaseAtMs, type Waiter } from './parts/queue.js'
import { earliestRequestMs, limitOpensMs } from './parts/refresh.js'
import { LONG_DELAY_MS, type Rotation } from './parts/rotations.js'
import type { TokenParts } from './token-parts.js'
import { nextWarningAtMs } from './warnings.js'
import { type Due, earlier, type Work } from './work.js'

export function dueWork(parts: TokenParts, nowMs: number): Due {
  if (parts.definition.describeNeeded)
    return { now: describingRotation(parts, nowMs) ?? { kind: 'describe' } }
  const due = earlier(dueNow(parts, nowMs), dueLeftover(parts, nowMs))
  return due.now === undefined ? wakeUps(parts, nowMs).reduce(earlier, due) : due
}

/** A new credential that is prepared next: the same activity brings the description. */
function describingRotation(parts: TokenParts, nowMs: number): Work | undefined {
  const rotation = nextRotation(parts)
  if (rotation === undefined || parts.revocation.pending !== undefined) return undefined
  const work = rotationWork(rotation)
  return work.kind === 'prepare' && rotationAtMs(parts, rotation) <= nowMs ? work : undefined
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
    waiter.notifiedStatus !== undefined && serve(parts, waiter, nowMs).outcome === 'grant'
  return waiters.some(isHeld) ? Math.max(nowMs, nextReleaseAtMs(release)) : undefined
}

function dueNow(parts: TokenParts, nowMs: number): Due {
  const { pending } = parts.revocation
  const { facts } = parts.definition
  // First: what is revoked after a new credential has come may take that one with it.
  if (pending !== undefined)
    return pending.retryAtMs !== undefined && pending.retryAtMs > nowMs
      ? { atMs: pending.retryAtMs, summary: `tell the provider that ${parts.connection} ends` }
      : { now: { kind: 'revoke', revocation: pending } }
  const rotation = nextRotation(parts)
  if (rotation !== undefined && facts !== undefined) {
    const startsAtMs = rotationAtMs(parts, rotation)
    if (startsAtMs <= nowMs) return { now: rotationWork(rotation) }
  }
  const { next } = parts.token.doubt ?? {}
  const isVerifyDue = next?.check === 'verify' && next.atMs <= nowMs
  if (isVerifyDue && parts.grant.sealed !== undefined) return { now: { kind: 'verify-current' } }
  const mint = untilNextLook(dueMint(parts, nowMs), parts)
  if (mint.now !== undefined || rotation === undefined || facts === undefined) return mint
  const rotationMs = rotationAtMs(parts, rotation)
  return mint.atMs !== undefined && mint.atMs <= rotationMs
    ? mint
    : { atMs: rotationMs, summary: `try the new credential of ${parts.connection}` }
}

/** Wakes the workflow for the next look at a credential that is refused. */
function untilNextLook(due: Due, parts: TokenParts): Due {
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
  if (rotationWork(rotation).kind !== 'mint-rotation') return retryAtMs
  return Math.max(retryAtMs, limitOpensMs(parts.refresh, parts.definition.facts?.policy.mintLimit))
}

function rotationWork(rotation: Rotation): Work {
  if (rotation.minted !== undefined) return { kind: 'verify-rotation', rotation }
  return { kind: rotation.grant === undefined ? 'prepare' : 'mint-rotation', rotation }
}

function dueMint(parts: TokenParts, nowMs: number): Due {
  const refresh = refreshDue(parts, nowMs)
  const end = verdictMoment(parts)
  if (refresh === undefined) return end
  const { cause, summary } = refresh
  const earliestMs = earliestRequestMs(parts.refresh, parts.definition.facts?.policy)
  // To read what is kept sends nothing: no pause holds it back.
  const { catchUpAtMs = 0 } = parts.refresh
  const atMs = cause === READ_KEPT ? nowMs : Math.max(refresh.atMs, earliestMs, catchUpAtMs)
  if (atMs <= nowMs) return { now: { kind: 'mint', cause } }
  if (end.atMs !== undefined && end.atMs < atMs) return end
  return { atMs, summary }
}

function verdictMoment(parts: TokenParts): Due {
  const { held } = parts.token
  if (verdictOf(parts.health) === undefined || held?.expiresAtMs === undefined) return {}
  const summary = `last token of ${parts.connection} ends`
  return { atMs: Math.ceil(servedUntilMs(held)), summary }
}
