import type { Passed } from '../../src/contract/messages.js'

const MAX_CONNECTIONS = 10_000

/** The last request that each connection let pass, on this worker: what a refusal is judged by. */
export class RecentPasses {
  readonly #passes = new Map<string, { readonly generation: number; readonly atMs: number }>()

  /** A request of this worker has passed. */
  note(connection: string, generation: number): void {
    // The newest last: the oldest is forgotten first.
    this.#passes.delete(connection)
    this.#passes.set(connection, { generation, atMs: performance.now() })
    if (this.#passes.size <= MAX_CONNECTIONS) return
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
