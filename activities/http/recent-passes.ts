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

/** How long ago a request passed with this generation, in milliseconds. Undefined: none that is known. */
export function passedAgoMs(connection: string, generation: number): number | undefined {
  const last = passes.get(connection)
  if (last?.generation !== generation) return undefined
  return Math.round(performance.now() - last.atMs)
}
