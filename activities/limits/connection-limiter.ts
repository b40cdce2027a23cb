import { randomUUID } from 'node:crypto'
import { UpstreamWait } from '../runtime/upstream-wait.js'
import { type BackOff, exponentialBackOffMs } from '../../src/contract/back-off.js'
import { PACING_WAIT_MS } from '../../src/contract/limit.js'
import { SHORT_WAIT_MS } from '../runtime/waits.js'
import type { Pace } from './pace.js'
import type { LeftOfLimit } from './rate-limit.js'
import { type AskSlots, SharedBudget } from './shared-budget.js'
import { WaitingLine } from './waiting-line.js'

/** The reason that a flow is given when it has to wait for its turn. */
export const ITS_RATE_LIMIT = 'its rate limit'
/** Flows that are sent away come back one after the other, but none is kept away by others for longer than this. */
const QUEUE_MS = 300_000
/** Where an answer does not say how many there are in all, fewer than this are few. */
const FEW = 5
/** The pause after a refusal that says no time, doubled with each one, up to the longest. */
const REFUSAL_PAUSES: BackOff = { firstMs: 100, longestMs: 300_000 }

interface Spread {
  readonly intervalMs: number
  readonly untilMs: number
}

export interface LimiterOptions {
  readonly connection: string
  /** Undefined: no budget is declared. */
  readonly pace: Pace | undefined
  readonly onAlone?: (() => void) | undefined
  /** Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** Whose turn it is to send a request of one connection: one for all activities of a worker. */
export class ConnectionLimiter {
  readonly #options: LimiterOptions
  readonly #budget: SharedBudget | undefined
  readonly #waiters: WaitingLine
  readonly #now: () => number
  #blockedUntilMs = Number.NEGATIVE_INFINITY
  /** Refusals in a row, with nothing accepted since. */
  #refusals = 0
  #refusedUntilMs = Number.NEGATIVE_INFINITY
  #spread: Spread | undefined
  #lastMs = Number.NEGATIVE_INFINITY
  /** When the last one that was sent away is to come back. */
  #backMs = Number.NEGATIVE_INFINITY

  constructor(options: LimiterOptions) {
    this.#options = options
    const { pace, now = () => Date.now(), onAlone = () => undefined } = options
    this.#now = now
    this.#waiters = new WaitingLine(() => this.#pump())
    if (pace !== undefined)
      this.#budget = new SharedBudget({
        pace,
        holder: randomUUID(),
        now,
        onAlone,
        onNews: () => this.#pump(),
        onBlock: (untilMs) => this.#block(untilMs),
      })
  }

  /** The way to the limit workflow: of the activity that uses this now, for its client works. */
  askBy(ask: AskSlots | undefined): void {
    if (this.#budget !== undefined) this.#budget.ask = ask
  }

  get hasBudget(): boolean {
    return this.#budget !== undefined
  }

  /**
   * Undefined: the request may be sent at once. Else it may when the promise resolves.
   * @throws UpstreamWait where it is a matter for the flow; CancelledFailure
   */
  turn(signal: AbortSignal): Promise<void> | undefined {
    const nowMs = this.#now()
    this.#budget?.arrived(nowMs)
    if (this.#waiters.length === 0 && (this.#readyAtMs(nowMs) ?? Infinity) <= nowMs) {
      this.#go(nowMs)
      this.#budget?.keepSupplied(0, nowMs)
      return undefined
    }
    return this.#wait(signal, nowMs)
  }

  /**
   * An answer refused a request for a limit. What it asks for counts, and grows while nothing is accepted:
   * one that says 'at once' time and again is not stormed.
   * @returns how long nobody sends
   */
  refused(askedMs: number): number {
    const nowMs = this.#now()
    // Requests that were under way together are refused together: they count once.
    if (nowMs >= this.#refusedUntilMs) this.#refusals += 1
    const waitMs = Math.max(askedMs, exponentialBackOffMs(REFUSAL_PAUSES, this.#refusals))
    this.#refusedUntilMs = Math.max(this.#refusedUntilMs, nowMs + waitMs)
    this.block(waitMs)
    return waitMs
  }

  accepted(): void {
    this.#refusals = 0
  }

  /** An answer reported a limit: no request of this connection leaves before it is over. */
  block(waitMs: number): void {
    const nowMs = this.#now()
    const isNews = nowMs + waitMs > this.#blockedUntilMs
    this.#block(nowMs + waitMs)
    if (isNews) this.#budget?.blocked(waitMs, nowMs)
  }

  /** What an answer says is left is kept to before the upstream has to refuse anything. */
  left(limits: readonly LeftOfLimit[]): void {
    const nowMs = this.#now()
    for (const { left, of, resetInMs } of limits) {
      const intervalMs = this.#options.pace?.intervalMs
      const few = of === undefined ? FEW : of / 10
      if (left < 1) {
        const waitMs = resetInMs ?? intervalMs ?? 0
        if (waitMs > 0) this.block(waitMs)
      } else if (left < few) {
        const untilMs = resetInMs ?? (intervalMs ?? 0) * (few - left)
        const evenly = resetInMs === undefined ? (intervalMs ?? 0) : resetInMs / (left + 1)
        // Some requests are left, so the distance stays within what a request waits for inside its activity.
        const apartMs = Math.min(evenly, PACING_WAIT_MS / 2)
        this.#spread = { intervalMs: apartMs, untilMs: nowMs + untilMs }
      }
    }
  }

  async #wait(signal: AbortSignal, nowMs: number): Promise<void> {
    const blockedMs = this.#blockedUntilMs - nowMs
    // Where nothing is paced there is no order to keep: who sends waits by itself.
    const isPaced = this.#budget !== undefined || this.#spread !== undefined
    if (blockedMs > (isPaced ? SHORT_WAIT_MS : 0)) throw this.#later(blockedMs)
    const expectedMs = this.#expectedMs(this.#waiters.length, nowMs)
    if (expectedMs > PACING_WAIT_MS) throw this.#later(this.#queue(nowMs + expectedMs) - nowMs)
    const waiting = this.#waiters.join(nowMs + PACING_WAIT_MS, signal)
    this.#pump()
    await waiting
  }

  /** Gives each flow that is sent away a slot of its own to come back for: all at once would find the same few slots. */
  #queue(expectedMs: number): number {
    const apartMs = this.#budget?.apartMs ?? 0
    this.#backMs = Math.max(expectedMs, Math.min(this.#backMs + apartMs, expectedMs + QUEUE_MS))
    return this.#backMs
  }

  #pump(): void {
    const nowMs = this.#now()
    while (this.#waiters.length > 0) {
      const readyAtMs = this.#readyAtMs(nowMs)
      if (readyAtMs === undefined || readyAtMs > nowMs) break
      this.#go(nowMs)
      this.#waiters.serve()
    }
    const isBlocked = this.#blockedUntilMs - nowMs > SHORT_WAIT_MS
    this.#waiters.turnAway(
      (untilMs) => isBlocked || untilMs <= nowMs,
      (before) => this.#later(Math.max(this.#expectedMs(before, nowMs), 1000)),
    )
    if (!isBlocked) this.#budget?.keepSupplied(this.#waiters.length, nowMs)
    this.#waiters.lookAgain(nowMs, this.#readyAtMs(nowMs))
  }

  #go(nowMs: number): void {
    this.#budget?.take()
    this.#lastMs = nowMs
  }

  /** Undefined: when slots have come. */
  #readyAtMs(nowMs: number): number | undefined {
    const slotMs = this.#budget === undefined ? nowMs : this.#budget.readyAtMs(nowMs)
    if (slotMs === undefined) return undefined
    return Math.max(slotMs, this.#blockedUntilMs, this.#spreadMs(nowMs))
  }

  /** How long it is until the request behind `before` others can be sent, as far as can be foreseen. */
  #expectedMs(before: number, nowMs: number): number {
    const slotMs = this.#budget?.expectedAtMs(before, nowMs) ?? nowMs
    const apartMs = this.#spread === undefined ? 0 : before * this.#spread.intervalMs
    const spreadMs = this.#spreadMs(nowMs) + apartMs
    return Math.max(slotMs, this.#blockedUntilMs, spreadMs) - nowMs
  }

  #spreadMs(nowMs: number): number {
    if (this.#spread === undefined) return Number.NEGATIVE_INFINITY
    if (this.#spread.untilMs > nowMs) return this.#lastMs + this.#spread.intervalMs
    this.#spread = undefined
    return Number.NEGATIVE_INFINITY
  }

  #block(untilMs: number): void {
    if (untilMs <= this.#blockedUntilMs) return
    this.#blockedUntilMs = untilMs
    this.#pump()
  }

  #later(waitMs: number): UpstreamWait {
    return new UpstreamWait(this.#options.connection, Math.ceil(waitMs), ITS_RATE_LIMIT)
  }
}
