import type { FleetRow } from './fleet.js'
import { needsPerson, nextStep, styleOf } from './health.js'
import type { View } from './output.js'
import type { Line } from './terminal/styled-line.js'
import { type Column, tableLines } from './terminal/table.js'

/** Connections below a header, the sick ones first, and how many there are of each. */
export function fleetLines(rows: readonly FleetRow[], view: View): readonly Line[] {
  if (rows.length === 0) return []
  return [...tableLines(columnsFor(view), sickFirst(rows), view), '', countLine(rows)]
}

function columnsFor(view: View): readonly Column<FleetRow>[] {
  const time = (atMs: number | undefined): string | undefined =>
    atMs === undefined ? undefined : view.time(atMs)
  return [
    { header: 'CONNECTION', kind: 'name', cell: ({ connection }) => connection },
    { header: 'STATUS', cell: (row) => ({ text: row.status, style: styleOf(row) }) },
    { header: 'SINCE', cell: ({ sinceMs }) => time(sinceMs) },
    { header: 'TOKEN UNTIL', cell: ({ expiresAtMs }) => time(expiresAtMs) },
    { header: 'KEYS', cell: ({ keyIds }) => keyIds?.join(',') },
    { header: 'WHY', kind: 'text', cell: why },
  ]
}

function why(row: FleetRow): string {
  const { reason, failure } = row
  const next = nextStep(row)
  const told = [reason, failure && `${failure.code}: ${failure.message}`, next && `→ ${next}`]
  return told.filter((text) => text !== undefined).join('; ')
}

function sickFirst(rows: readonly FleetRow[]): readonly FleetRow[] {
  const rank = (row: FleetRow): number => (needsPerson(row) ? 0 : row.status === 'active' ? 2 : 1)
  return rows.toSorted((a, b) => rank(a) - rank(b) || (a.connection < b.connection ? -1 : 1))
}

/** `3 connections: 2 active, 1 needs_reauth` */
function countLine(rows: readonly FleetRow[]): Line {
  const counts = new Map<string, number>()
  for (const { status } of rows) counts.set(status, (counts.get(status) ?? 0) + 1)
  const parts = [...counts].map(([status, count]) => `${count} ${status}`)
  const all = rows.length === 1 ? '1 connection' : `${rows.length} connections`
  return [{ text: `${all}: ${parts.join(', ')}`, style: 'dim' }]
}
