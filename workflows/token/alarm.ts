import { CancellationScope, sleep } from '@temporalio/workflow'
import { toSummary } from '../../src/contract/foreign-text.js'

/**
 * One standing timer: set to the same moment again it stays as it is, so that a woken workflow does
 * not write a cancelled and a new timer into its history each time.
 */
export class Alarm {
  #scope: CancellationScope | undefined
  #atMs: number | undefined

  #rangForMs = 0

  constructor(private readonly ring: () => void) {}

  /**
   * Now, and never before a moment that it has rung for: where a workflow task times out between a
   * timer and its worker's death, the next worker's clock still stands at the task before.
   */
  nowMs(): number {
    return Math.max(Date.now(), this.#rangForMs)
  }

  set(atMs: number | undefined, nowMs: number, summary: string | undefined): void {
    if (atMs === this.#atMs) return
    this.#scope?.cancel()
    this.#scope = undefined
    this.#atMs = atMs
    if (atMs === undefined) return
    const scope = new CancellationScope()
    this.#scope = scope
    scope
      .run(() =>
        sleep(
          Math.max(1, Math.ceil(atMs - nowMs)),
          summary === undefined ? {} : { summary: toSummary(summary) },
        ),
      )
      .then(
        () => {
          if (this.#scope !== scope) return
          this.#scope = undefined
          this.#rangForMs = Math.max(this.#rangForMs, atMs)
          this.#atMs = undefined
          this.ring()
        },
        () => undefined,
      )
  }
}
