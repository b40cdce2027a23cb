import type { Passed } from '../../src/contract/messages.js'

/** The last request that passed, by connection: what a refusal is judged by. */
const passes = new Map<string, { readonly generation: number; readonly atMs: number }>()
const MAX_CONNECTIONS = 10_000

/** A request of this worker has passed. */
export function notePass(connection: string, generation: number): void {
  // The newest last: the oldest is forgotten first.
  passes.delete(connection)
  passes.set(connection, { generation, atMs: performance.now() })
  if (passes.size <= MAX_CONNECTIONS) return
  for (const oldest of passes.keys()) {
    passes.delete(oldest)
    return
  }
}

/** The last request that passed, with whichever generation. Undefined: none that is known. */
export function lastPassed(connection: string): Passed | undefined {
  const last = passes.get(connection)
  if (last === undefined) return undefined
  return { generation: last.generation, agoMs: Math.round(performance.now() - last.atMs) }
}
