import type { Row, Tally } from './tally.js'

/** The last table: what, how many, who counted it, and what was promised. */
export function toTable(tally: Tally, rows: readonly Row[]): string {
  const cells = [
    ['', '', 'counted by', 'promised', ''],
    ...rows.map(({ figure, what, countedBy, promise, holds }) => [
      what,
      tally[figure].toLocaleString('en'),
      countedBy,
      promise ?? '',
      holds === undefined ? '' : holds ? 'ok' : 'BROKEN',
    ]),
  ]
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
