import type { View } from '../frame/output.js'
import type { Line, Style } from '../terminal/styled-line.js'
import { tableLines } from '../terminal/table.js'
import type { BulkResult } from './bulk-run.js'

const OUTCOME_STYLES: Readonly<Record<BulkResult['outcome'], Style>> = {
  done: 'good',
  planned: 'strong',
  skipped: 'dim',
  failed: 'bad',
}

/** How many were done, skipped and failed; and each that is not simply done. */
export function bulkLines(results: readonly BulkResult[], view: View): readonly Line[] {
  if (results.length === 0) return []
  const told = results.filter((result) => result.outcome !== 'done' || result.detail !== undefined)
  const table = tableLines(
    [
      { header: 'CONNECTION', kind: 'name', cell: ({ connection }) => connection },
      {
        header: 'OUTCOME',
        cell: ({ outcome }) => ({ text: outcome, style: OUTCOME_STYLES[outcome] }),
      },
      { header: 'WHY', kind: 'text', cell: detailOf },
    ],
    told,
    view,
  )
  return told.length === 0 ? [summaryOf(results)] : [...table, '', summaryOf(results)]
}

/** `12 connections: 11 done, 1 failed` */
export function summaryOf(results: readonly BulkResult[]): string {
  const counts = (['done', 'planned', 'skipped', 'failed'] as const).flatMap((outcome) => {
    const count = results.filter((result) => result.outcome === outcome).length
    return count === 0 ? [] : [`${count} ${outcome}`]
  })
  const all = results.length === 1 ? '1 connection' : `${results.length} connections`
  return counts.length === 0 ? all : `${all}: ${counts.join(', ')}`
}

function detailOf(result: BulkResult): string | undefined {
  if (result.outcome === 'failed') return `${result.code}: ${result.message}`
  return result.outcome === 'skipped' ? result.why : result.detail
}
