import type { ConditionLevel } from '../contract/condition-causes.js'
import type { FleetRow } from './fleet.js'
import type { View } from './output.js'
import type { Line, Style } from './terminal/styled-line.js'
import { type Column, tableLines } from './terminal/table.js'

export const LEVEL_STYLES: Readonly<Record<ConditionLevel, Style>> = {
  fine: 'good',
  note: 'good',
  mending: 'warning',
  person: 'bad',
  ended: 'dim',
}

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
    {
      header: 'STATUS',
      cell: ({ status, level }) => ({ text: status, style: level && LEVEL_STYLES[level] }),
    },
    { header: 'SINCE', cell: ({ sinceMs }) => time(sinceMs) },
    { header: 'TOKEN UNTIL', cell: ({ expiresAtMs }) => time(expiresAtMs) },
    { header: 'OWNER', kind: 'name', cell: ({ owner }) => owner },
    { header: 'TAGS', kind: 'name', cell: ({ tags }) => tags.join(' ') },
    { header: 'KEYS', cell: ({ keyIds }) => keyIds?.join(' ') },
    { header: 'WHY', kind: 'text', cell: why },
  ]
}

/** The cause, and what to type. */
function why({ reason, cause, next, stops }: FleetRow): string {
  const step = next && (next.command ?? next.text)
  const told = [
    cause ?? reason,
    stops === undefined || stops.count === 0 ? undefined : `${stops.count} flows wait.`,
    step && `→ ${step}`,
  ]
  return told.filter((text) => text !== undefined).join(' ')
}

const RANKS: readonly (ConditionLevel | undefined)[] = ['person', 'mending', undefined, 'note']

function sickFirst(rows: readonly FleetRow[]): readonly FleetRow[] {
  const rank = ({ level }: FleetRow): number => {
    const at = RANKS.indexOf(level)
    return at < 0 ? RANKS.length : at
  }
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
