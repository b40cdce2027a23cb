import type { TokenWorld } from './token-world.js'

/**
 * One standing timer: set to the same moment again it stays as it is, so that a woken workflow does
 * not write a cancelled and a new timer into its history each time.
 */
export class StandingTimer {
  #cancel: (() => void) | undefined
  #atMs: number | undefined
  #firedForMs = 0
  readonly #world: Pick<TokenWorld, 'now' | 'startTimer'>
  readonly #onTime: () => void

  constructor(world: Pick<TokenWorld, 'now' | 'startTimer'>, onTime: () => void) {
    this.#world = world
    this.#onTime = onTime
  }

  /**
   * Now, and never before a moment that it has fired for: where a workflow task times out between a
   * timer and its worker's death, the next worker's clock still stands at the task before.
   */
  nowMs(): number {
    return Math.max(this.#world.now(), this.#firedForMs)
  }

  set(atMs: number | undefined, nowMs: number, summary = 'look what is to be done'): void {
    if (atMs === this.#atMs) return
    this.#cancel?.()
    this.#cancel = undefined
    this.#atMs = atMs
    if (atMs === undefined) return
    const cancel = this.#world.startTimer(Math.max(1, Math.ceil(atMs - nowMs)), summary, () => {
      if (this.#cancel !== cancel) return
      this.#cancel = undefined
      this.#firedForMs = Math.max(this.#firedForMs, atMs)
      this.#atMs = undefined
      this.#onTime()
    })
    this.#cancel = cancel
  }
}
