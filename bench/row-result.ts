import { reaches } from './promised.js'
import { promiseOf, type RowId } from './promises.js'
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

export function toResult(
  row: RowId,
  { rounds, note, alsoHolds = true }: Measured,
  isQuick = false,
): RowResult {
  const promised = promiseOf(row)
  const value = median(rounds)
  const { quickReach = promised.reach } = promised
  const reach = isQuick ? quickReach : promised.reach
  return {
    row,
    value: rounded(value),
    reach,
    holds: alsoHolds && reaches(promised, reach, value),
    spread: rounded(spread(rounds)),
    note:
      reach === promised.reach
        ? note
        : `${note}; so quickly it says little, the whole row has to reach ${String(promised.reach)}`,
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
