/** What a row measured: one figure a round. */
export interface Measured {
  readonly rounds: readonly number[]
  /** The figures behind the ratio, for people. */
  readonly note: string
  /** Something beside the figure that has to hold too. */
  readonly alsoHolds?: boolean
}

/** What the process of a row sends: its figures, or why there are none. */
export type RowAnswer = Measured | { readonly failed: string }

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The distance from the smallest figure to the greatest. */
export function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values)
}
