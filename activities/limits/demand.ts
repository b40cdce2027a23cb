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
