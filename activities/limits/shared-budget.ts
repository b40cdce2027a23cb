import { PACING_WAIT_MS, type SlotGrant, type SlotRequest } from '../../src/contract/limit.js'
import type { Pace } from './pace.js'
import { SlotStock } from './slot-stock.js'

/** The next slots are asked for so long before those in hand are used up ... */
const ASK_BEFORE_MS = 1000
/** ... so that so much work is in hand then. */
const ASK_FOR_MS = 2500
/** How long a worker goes on alone before it looks for the limit workflow again. */
const ALONE_MS = 10_000
/** Without the limit workflow nobody knows who else sends: a quarter of the rate at most, and no bursts. */
const LEAST_SHARE = 4

/** Where slots come from. */
export type AskSlots = (request: SlotRequest) => Promise<SlotGrant>

export interface SharedBudgetOptions {
  readonly pace: Pace
  readonly holder: string
  readonly now: () => number
  /** Slots or a block have come. */
  readonly onNews: () => void
  /** Nobody may send before; by this worker's clock. */
  readonly onBlock: (untilMs: number) => void
  readonly onAlone: () => void
}

/** The part of a connection's budget that this worker holds, and how it comes by the next one. */
export class SharedBudget {
  /** Undefined: there is no way to ask. */
  ask: AskSlots | undefined
  readonly #options: SharedBudgetOptions
  readonly #stock: SlotStock
  readonly #demand = new Demand()
  readonly #clock = new WorkflowClock()
  #asking = false
  #holders = 1
  /** When the first slot that nobody holds may be used. */
  #nextMs = Number.NEGATIVE_INFINITY
  #aloneUntilMs = Number.NEGATIVE_INFINITY
  #unreportedMs = 0

  constructor(options: SharedBudgetOptions) {
    this.#options = options
    this.#stock = new SlotStock(options.pace.graceMs)
  }

  /** When the next request may be sent; undefined: as soon as slots have come. */
  readyAtMs(nowMs: number): number | undefined {
    return this.#stock.readyAtMs(nowMs)
  }

  take(): void {
    this.#stock.take()
  }

  arrived(nowMs: number): void {
    this.#demand.add(nowMs)
  }

  /** Between two requests of this worker, as long as all are busy. */
  get apartMs(): number {
    return this.#options.pace.intervalMs * this.#holders
  }

  /** When the request behind `before` others can be sent, as far as this worker can foresee. */
  expectedAtMs(before: number, nowMs: number): number {
    const held = this.#stock.at(before)
    if (held !== undefined) return held
    const { intervalMs, burst } = this.#options.pace
    const nextMs = Math.max(this.#nextMs, nowMs - (burst(this.#clock.unsureMs) - 1) * intervalMs)
    return nextMs + (before - this.#stock.count) * this.apartMs
  }

  /** Asks for slots where those in hand will not do for long. */
  keepSupplied(waiting: number, nowMs: number): void {
    if (this.#asking) return
    // The next free slot is too far away: other workers may have taken nearer ones by now, and slots that
    // nobody here waits for are left to them.
    if (this.#nextMs - nowMs > (waiting > 0 ? PACING_WAIT_MS : ASK_FOR_MS)) return
    const { count } = this.#stock
    const lastMs = count === 0 ? nowMs : (this.#stock.at(count - 1) ?? nowMs)
    const need = waiting + Math.ceil(this.#demand.perMs(nowMs) * ASK_FOR_MS)
    if (need > count && lastMs < nowMs + ASK_BEFORE_MS) void this.#supply(need - count)
  }

  /** The upstream said that nobody may send for so long; other workers learn of it when they ask. */
  blocked(forMs: number, nowMs: number): void {
    this.#stock.dropReadyBefore(nowMs + forMs)
    this.#unreportedMs = nowMs + forMs
    if (!this.#asking) void this.#supply(0)
  }

  async #supply(want: number): Promise<void> {
    const { now, onNews } = this.#options
    this.#asking = true
    const untilMs = this.#unreportedMs
    try {
      if (this.ask === undefined || now() < this.#aloneUntilMs) this.#goAlone(want)
      else await this.#fetch(this.ask, want, untilMs)
    } finally {
      this.#asking = false
    }
    // A block that was reported while the request was under way.
    if (this.#unreportedMs > Math.max(untilMs, now())) void this.#supply(0)
    onNews()
  }

  async #fetch(ask: AskSlots, want: number, untilMs: number): Promise<void> {
    const { pace, holder, now, onBlock, onAlone } = this.#options
    const askedAtMs = now()
    const request: SlotRequest = {
      holder,
      want,
      intervalMs: pace.intervalMs,
      burst: pace.burst(this.#clock.unsureMs),
      blockedForMs: Math.max(0, untilMs - askedAtMs),
    }
    try {
      const grant = await ask(request)
      const offsetMs = this.#clock.learn(grant.atMs, askedAtMs, now())
      this.#holders = grant.holders
      this.#nextMs = grant.nextMs + offsetMs
      if (grant.blockedUntilMs > grant.atMs) {
        this.#stock.dropReadyBefore(grant.blockedUntilMs + offsetMs)
        onBlock(grant.blockedUntilMs + offsetMs)
      }
      if (grant.portion !== undefined) this.#stock.add(grant.portion, offsetMs)
    } catch {
      this.#aloneUntilMs = now() + ALONE_MS
      onAlone()
      this.#goAlone(want)
    }
  }

  #goAlone(want: number): void {
    if (want === 0) return
    const intervalMs = this.#options.pace.intervalMs * Math.max(LEAST_SHARE, this.#holders)
    const firstMs = Math.max(this.#nextMs, this.#options.now())
    const count = Math.max(1, Math.min(want, Math.ceil(ASK_FOR_MS / intervalMs)))
    this.#stock.add({ firstMs, count, intervalMs, earlyMs: 0 }, 0)
    this.#nextMs = firstMs + count * intervalMs
  }
}

const WINDOW_MS = 1000

/** How many requests come, by the current second and the one before it. */
export class Demand {
  #startMs = Number.NEGATIVE_INFINITY
  #count = 0
  #before = 0

  add(nowMs: number): void {
    this.#roll(nowMs)
    this.#count += 1
  }

  perMs(nowMs: number): number {
    this.#roll(nowMs)
    return Math.max(this.#count, this.#before) / WINDOW_MS
  }

  #roll(nowMs: number): void {
    const sinceMs = nowMs - this.#startMs
    if (sinceMs < WINDOW_MS) return
    this.#before = sinceMs < 2 * WINDOW_MS ? this.#count : 0
    this.#count = 0
    this.#startMs = nowMs
  }
}

const SAMPLES = 20
/** What is assumed before the first answer. */
const UNSURE_MS = 100

interface Sample {
  /** How much this worker's clock is ahead, at least and at most. */
  readonly leastMs: number
  readonly mostMs: number
}

/** What a worker knows about the clock of a limit workflow, by the times of its questions and answers. */
export class WorkflowClock {
  readonly #samples: Sample[] = []

  /** The most by which {@link learn} is off: a slot is never used before its time, and at most this much after it. */
  get unsureMs(): number {
    if (this.#samples.length === 0) return UNSURE_MS
    const least = Math.max(...this.#samples.map(({ leastMs }) => leastMs))
    return Math.max(0, this.#mostMs - least)
  }

  /** @returns what to add to a time of the workflow: never too little */
  learn(atMs: number, askedAtMs: number, answeredAtMs: number): number {
    this.#samples.push({ leastMs: askedAtMs - atMs, mostMs: answeredAtMs - atMs })
    if (this.#samples.length > SAMPLES) this.#samples.shift()
    return this.#mostMs
  }

  get #mostMs(): number {
    return Math.min(...this.#samples.map(({ mostMs }) => mostMs))
  }
}
