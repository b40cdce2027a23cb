import type { RowResult } from './row-result.js'
import { promiseOf } from './promises.js'

/** The table of results: figure, spread, what was promised, and the figures behind it. */
export function toTable(results: readonly RowResult[]): string {
  const cells = [['row', 'median', 'spread', 'reach', '', '']]
  for (const { row, value, spread, reach, holds, note } of results) {
    const { unit = '', sense = 'at most' } = promiseOf(row)
    cells.push([
      row,
      `${figure(value)} ${unit}`.trim(),
      figure(spread),
      `${sense} ${figure(reach)} ${unit}`.trim(),
      holds ? 'holds' : 'MISSED',
      note,
    ])
  }
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function figure(value: number): string {
  return value.toFixed(2)
}
