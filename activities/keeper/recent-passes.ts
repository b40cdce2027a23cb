import type { Passed } from '../../src/contract/messages.js'

const MAX_PASSES = 10_000
/** A map that is deleted from at each request is built anew again and again, so the order is as old as this. */
const IN_PLACE_MS = 10_000

/** The last request that each connection let pass, on this worker: what a refusal is judged by. */
export class RecentPasses {
  readonly #passes = new Map<string, { generation: number; atMs: number; placedAtMs: number }>()

  /** A request of this worker has passed. */
  note(connection: string, generation: number): void {
    const atMs = performance.now()
    const known = this.#passes.get(connection)
    if (known !== undefined && atMs - known.placedAtMs < IN_PLACE_MS) {
      known.generation = generation
      known.atMs = atMs
      return
    }
    // The newest last: the oldest is forgotten first.
    this.#passes.delete(connection)
    this.#passes.set(connection, { generation, atMs, placedAtMs: atMs })
    if (this.#passes.size <= MAX_PASSES) return
    for (const oldest of this.#passes.keys()) {
      this.#passes.delete(oldest)
      return
    }
  }

  /** The last request that passed, with whichever generation. Undefined: none that is known. */
  last(connection: string): Passed | undefined {
    const last = this.#passes.get(connection)
    if (last === undefined) return undefined
    return { generation: last.generation, agoMs: Math.round(performance.now() - last.atMs) }
  }
}
