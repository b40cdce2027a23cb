import { PROMISES, reaches, type RowId } from './promises.js'
import { median, type Measured, spread } from './statistics.js'

export interface RowResult {
  readonly row: RowId
  /** Median of the rounds. */
  readonly value: number
  readonly reach: number
  readonly holds: boolean
  /** From the smallest round to the greatest. */
  readonly spread: number
  readonly note: string
}

export function toResult(row: RowId, { rounds, note, alsoHolds = true }: Measured): RowResult {
  const promised = PROMISES.find((promise) => promise.row === row)
  if (promised === undefined) throw new TypeError(`no row ${row}`)
  const value = median(rounds)
  return {
    row,
    value: rounded(value),
    reach: promised.reach,
    holds: alsoHolds && reaches(promised, value),
    spread: rounded(spread(rounds)),
    note,
  }
}

/** The last line of `--json`: an array of `{row, value, reach, holds, spread}`. */
export function toJson(results: readonly RowResult[]): string {
  return JSON.stringify(
    results.map(({ row, value, reach, holds, spread: between }) => ({
      row,
      value,
      reach,
      holds,
      spread: between,
    })),
  )
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
