import type { SyncWait } from '../../src/contract/sync.js'

/** How many rows of waits a sync keeps. */
export const MAX_WAITS = 20

interface Waited {
  readonly connection?: string | undefined
  readonly why: string
  readonly ms: number
}

/** Sums by connection and reason; what no longer fits is summed under `other`. */
export function addWait(waits: readonly SyncWait[], { connection, why, ms }: Waited): SyncWait[] {
  const known = waits.some((row) => row.connection === connection && row.why === why)
  const others = waits.some((row) => row.why === OTHER && row.connection === undefined)
  const room = waits.length < (others ? MAX_WAITS : MAX_WAITS - 1)
  const key = known || room ? { connection, why } : { connection: undefined, why: OTHER }
  const isSame = (row: SyncWait): boolean =>
    row.connection === key.connection && row.why === key.why
  const before = waits.find(isSame) ?? { ...key, times: 0, totalMs: 0 }
  const after = { ...before, times: before.times + 1, totalMs: before.totalMs + ms }
  return waits.some(isSame) ? waits.map((row) => (isSame(row) ? after : row)) : [...waits, after]
}

const OTHER = 'other'
