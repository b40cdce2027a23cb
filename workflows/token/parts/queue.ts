import type { LeaseRequest } from '../../../src/contract/messages.js'
import { utf8Length } from '../../../src/contract/outside-values.js'
import type { LeaseHolder, TokenStatus } from '../../../src/contract/token-status.js'

/** A request that waits, with what the state was when it came. */
export interface Waiter extends LeaseRequest {
  readonly atGeneration: number
  /** Token requests that had ended when it came. */
  readonly atTries: number
  /** When it was asked last. */
  askedAtMs: number
  /** When it was asked first, where it was asked again. */
  sinceMs?: number | undefined
  /** The generation that its flow was refused with. */
  readonly refusedGeneration?: number | undefined
  /** The upstream refuses this one request, and takes others. */
  readonly denied?: { readonly status: number; readonly endpoint?: string | undefined } | undefined
  /** The status in the last answer to the asker. */
  notifiedStatus?: TokenStatus | undefined
}

/**
 * The flows that wait. A keeper may get thousands of requests in one task: the list is added to in place,
 * by `Waiters`, which finds them by id.
 */
export interface QueuePart {
  readonly waiters: Waiter[]
  /** How fast parked flows go on; absent: all at once. */
  readonly release?: ReleasePace | undefined
  /** Leases that were granted. */
  readonly leases: number
  /** When somebody asked for one last, as far as was told, or connected it. */
  readonly askedAtMs: number
  /** The last flows that got one of the current generation, oldest first. */
  readonly holders?: readonly LeaseHolder[] | undefined
}

/** What may be remembered of requests that wait: some 2,000 of them. */
export const WAITERS_BYTES = 512 * 1024
/** Flows ask again within 72 minutes; who has not done so twice has ended. */
const FORGOTTEN_AFTER_MS = 3 * 3_600_000
/** Moments at which one is forgotten are taken together, so that the workflow wakes seldom. */
const FORGOTTEN_TOGETHER_MS = 3_600_000
/** How many flows that hold a lease are remembered: they are for people to see. */
const MAX_HOLDERS = 20
/** For what is noted of a waiter later. */
const NOTES_BYTES = 64

/** Module-wide and shared by workflows, for a size belongs to its waiter, by identity: no workflow sees another's. */
const sizes = new WeakMap<Waiter, number>()

export function startQueue(nowMs: number): QueuePart {
  return { waiters: [], leases: 0, askedAtMs: nowMs }
}

/** Somebody uses the connection. */
export function noteAsked(part: QueuePart, nowMs: number): QueuePart {
  return { ...part, askedAtMs: Math.max(part.askedAtMs, nowMs) }
}

export function withWaiters(part: QueuePart, waiters: Waiter[]): QueuePart {
  return { ...part, waiters }
}

/** A run begins: as many as may go at once. */
export function startRelease(part: QueuePart, nowMs: number): QueuePart {
  return { ...part, release: part.release ?? fullRelease(nowMs) }
}

/** Leases were granted, some of them to flows that were parked. */
export function noteLeases(
  part: QueuePart,
  { granted, released }: { readonly granted: readonly LeaseHolder[]; readonly released: number },
  nowMs: number,
): QueuePart {
  const { release, leases } = part
  return {
    ...part,
    leases: leases + granted.length,
    holders: granted.length === 0 ? part.holders : latestHolders(part, granted),
    release:
      release === undefined || released === 0 ? release : afterRelease(release, released, nowMs),
  }
}

function latestHolders(
  { holders = [] }: QueuePart,
  granted: readonly LeaseHolder[],
): readonly LeaseHolder[] {
  const latest = granted.slice(-MAX_HOLDERS)
  const ids = new Set(latest.map(({ workflowId }) => workflowId))
  const generation = latest.at(-1)?.generation
  const kept = holders.filter((one) => one.generation === generation && !ids.has(one.workflowId))
  return [...kept, ...latest].slice(-MAX_HOLDERS)
}

export function sizeOf(waiter: Waiter): number {
  let size = sizes.get(waiter)
  if (size === undefined) {
    size = utf8Length(JSON.stringify(waiter)) + NOTES_BYTES
    sizes.set(waiter, size)
  }
  return size
}

/** The first of them, as many as may be remembered. */
export function withinBudget(waiters: readonly Waiter[]): Waiter[] {
  let bytes = 0
  return waiters.filter((waiter) => {
    bytes += sizeOf(waiter)
    return bytes <= WAITERS_BYTES
  })
}

/** When a flow counts as ended, because no message came from it. */
export function forgottenAtMs({ askedAtMs, askAgainMs = 0 }: Waiter): number {
  const atMs = askedAtMs + Math.max(FORGOTTEN_AFTER_MS, 3 * askAgainMs)
  return Math.ceil(atMs / FORGOTTEN_TOGETHER_MS) * FORGOTTEN_TOGETHER_MS
}

/** When the next of them is forgotten. */
export function nextForgottenAtMs({ waiters }: QueuePart): number | undefined {
  let atMs: number | undefined
  for (const waiter of waiters) atMs = Math.min(atMs ?? Number.MAX_VALUE, forgottenAtMs(waiter))
  return atMs
}

/** A token bucket: how fast parked flows go on once they can, so that they do not all call at once. */
interface ReleasePace {
  /** Leases that may be granted to parked flows now; at most {@link RELEASE_BURST}. */
  readonly left: number
  /** When `left` was counted. */
  readonly atMs: number
}

/** Parked flows that go on at once, and then in each further second. */
export const RELEASE_BURST = 10
const PER_MS = RELEASE_BURST / 1000

function fullRelease(nowMs: number): ReleasePace {
  return { left: RELEASE_BURST, atMs: nowMs }
}

/** What may be released now. */
export function releasable({ left, atMs }: ReleasePace, nowMs: number): number {
  return Math.floor(Math.min(RELEASE_BURST, left + Math.max(0, nowMs - atMs) * PER_MS))
}

function afterRelease(pace: ReleasePace, count: number, nowMs: number): ReleasePace {
  const { left, atMs } = pace
  const now = Math.min(RELEASE_BURST, left + Math.max(0, nowMs - atMs) * PER_MS)
  return { left: now - count, atMs: nowMs }
}

/** When the token bucket is full again: the workflow wakes once for a whole batch, not for each flow. */
export function nextReleaseAtMs({ left, atMs }: ReleasePace): number {
  return Math.ceil(atMs + (RELEASE_BURST - left) / PER_MS)
}
