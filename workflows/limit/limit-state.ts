import {
  PACING_WAIT_MS,
  type Portion,
  type SlotGrant,
  type SlotRequest,
} from '../../src/contract/limit.js'

/** What continues as new: plain JSON. */
export interface LimitSnapshot {
  /** The theoretical arrival time of the next slot (GCRA, ITU-T I.371). */
  readonly nextMs: number
  readonly blockedUntilMs: number
  /** When each worker asked last. */
  readonly holders: Readonly<Record<string, number>>
  readonly lastAskedMs: number
}

/** A worker that has not asked for so long has no part in the budget. */
const FORGET_HOLDER_MS = 10_000
const MOST_HOLDERS = 1000
/** Slots are handed out for so long; shorter where several workers wait for their turn. */
const AHEAD_ALONE_MS = 4000
const AHEAD_SHARED_MS = 2000
const LIMIT_IDLE_MS = 300_000

/**
 * A leaky bucket whose places are handed out ahead, in portions that do not overlap: whatever their
 * holders do with them, all of them together never send more than the bucket takes.
 */
export class LimitState {
  #nextMs: number
  #blockedUntilMs: number
  #lastAskedMs: number
  readonly #holders: Map<string, number>

  constructor(nowMs: number, before?: LimitSnapshot) {
    this.#nextMs = before?.nextMs ?? nowMs
    this.#blockedUntilMs = before?.blockedUntilMs ?? 0
    this.#lastAskedMs = before?.lastAskedMs ?? nowMs
    this.#holders = new Map(Object.entries(before?.holders ?? {}))
  }

  grant(request: SlotRequest, nowMs: number): SlotGrant {
    const { holder, want, intervalMs, burst, blockedForMs = 0 } = request
    const earlyMs = (burst - 1) * intervalMs
    this.#lastAskedMs = nowMs
    for (const [name, askedAtMs] of this.#holders)
      if (askedAtMs + FORGET_HOLDER_MS < nowMs) this.#holders.delete(name)
    if (want > 0 && (this.#holders.has(holder) || this.#holders.size < MOST_HOLDERS))
      this.#holders.set(holder, nowMs)
    if (blockedForMs > 0)
      this.#blockedUntilMs = Math.max(this.#blockedUntilMs, nowMs + blockedForMs)
    // After a block no burst is left: requests are spaced from the first one on.
    if (this.#blockedUntilMs > nowMs)
      this.#nextMs = Math.max(this.#nextMs, this.#blockedUntilMs + earlyMs)
    this.#nextMs = Math.max(this.#nextMs, nowMs)
    const portion = want > 0 ? this.#take(want, intervalMs, earlyMs, nowMs) : undefined
    return {
      atMs: nowMs,
      portion,
      nextMs: this.#nextMs - earlyMs,
      holders: Math.max(1, this.#holders.size),
      blockedUntilMs: this.#blockedUntilMs,
    }
  }

  /** When nothing of this state matters any more, provided that nobody asks before. */
  idleAtMs(): number {
    return Math.max(this.#lastAskedMs + LIMIT_IDLE_MS, this.#nextMs, this.#blockedUntilMs)
  }

  snapshot(): LimitSnapshot {
    return {
      nextMs: this.#nextMs,
      blockedUntilMs: this.#blockedUntilMs,
      holders: Object.fromEntries(this.#holders),
      lastAskedMs: this.#lastAskedMs,
    }
  }

  #take(want: number, intervalMs: number, earlyMs: number, nowMs: number): Portion | undefined {
    const firstMs = this.#nextMs
    const readyAt = (ms: number): number =>
      Math.max(0, Math.floor((ms - firstMs + earlyMs) / intervalMs) + 1)
    const free = readyAt(nowMs)
    const near = readyAt(nowMs + PACING_WAIT_MS)
    if (near === 0) return undefined
    const { size } = this.#holders
    const aheadMs = size > 1 ? AHEAD_SHARED_MS : AHEAD_ALONE_MS
    const share = Math.ceil((aheadMs / intervalMs + free) / size)
    const count = Math.max(1, Math.min(want, share, near))
    this.#nextMs = firstMs + count * intervalMs
    return { firstMs, count, intervalMs, earlyMs }
  }
}
