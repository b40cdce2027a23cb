import type { ConditionLevel } from '../../contract/condition-causes.js'
import type { FleetRow } from './fleet.js'
import { counted, type View } from '../frame/output.js'
import type { Line, Style } from '../terminal/styled-line.js'
import { type Column, tableLines } from '../terminal/table.js'

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
  return [
    ...tableLines(columnsFor(view), sickFirst(rows), view),
    '',
    countLine(rows),
    ...keyLines(rows),
  ]
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
    { header: 'SINCE', spillsAs: 'since', cell: ({ sinceMs }) => time(sinceMs) },
    {
      header: 'TOKEN UNTIL',
      spillsAs: 'token until',
      cell: ({ expiresAtMs }) => time(expiresAtMs),
    },
    { header: 'OWNER', kind: 'name', spillsAs: 'owner', cell: ({ owner }) => owner },
    { header: 'TAGS', kind: 'name', spillsAs: 'tags', cell: ({ tags }) => tags.join(' ') },
    { header: 'WHY', kind: 'text', cell: why },
  ]
}

/** The cause, and what to type. */
function why({ reason, cause, next, stops }: FleetRow): string {
  const step = next && (next.command ?? next.text)
  const told = [
    cause ?? reason,
    stops === undefined || stops.count === 0
      ? undefined
      : `${counted(stops.count, 'flow waits', 'flows wait')}.`,
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

/** `keys in use: 2bf835d3d2a4b493 (12)` */
function keyLines(rows: readonly FleetRow[]): readonly Line[] {
  const keys = [...countKeys(rows)].map(([keyId, count]) => `${keyId} (${count})`)
  return keys.length === 0 ? [] : [[{ text: `keys in use: ${keys.join(', ')}`, style: 'dim' }]]
}

/** How many connections are sealed with each key. */
export function countKeys(rows: readonly Pick<FleetRow, 'keyIds'>[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { keyIds = [] } of rows)
    for (const keyId of keyIds) counts.set(keyId, (counts.get(keyId) ?? 0) + 1)
  return counts
}
