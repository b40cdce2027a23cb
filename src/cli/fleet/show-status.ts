import type { CommandedStatus } from '../../client/connection-calls.js'
import { toCondition, unusedText } from '../../contract/condition.js'
import type { ConnectionStatus, Revocation } from '../../contract/token-status.js'
import { type OutputOptions, show, type View } from '../frame/output.js'
import { printNotes } from '../frame/print.js'
import { LEVEL_STYLES } from './fleet-table.js'
import type { Line, LinePart } from '../terminal/styled-line.js'
import { padTo, wrapTo } from '../terminal/text-width.js'

/** Writes how one connection is. */
export function showStatus(status: ConnectionStatus, options: OutputOptions): void {
  show(options, { value: status, lines: (view) => statusLines(status, view) })
}

/** As {@link showStatus}; says beside it where nothing was changed. */
export function showOutcome(status: CommandedStatus, options: OutputOptions): void {
  if (status.unchanged === true)
    printNotes(
      `${status.connection} was connected with this credential already: nothing was changed.`,
    )
  showStatus(status, options)
}

/** Says that a connection has ended here, and not at the provider. */
export function notTold(
  connection: string,
  what: 'forgotten' | 'removed',
  { message }: Extract<Revocation, { readonly outcome: 'failed' }>,
): string {
  return `${connection} is ${what} here, but the provider was not told: ${message} Remove the access there by hand.`
}

const LABEL_WIDTH = 14

type StatusRow = readonly [label: string, text: LinePart | undefined]

/** A line for each fact that there is; long ones go on below. */
export function statusLines(status: ConnectionStatus, view: View): readonly Line[] {
  const { connection, account, kind, reason, generation, failure, unusedSinceMs } = status
  const { level, cause, next, goesOn, stops, notes } = toCondition(status)
  const time = (atMs: number | undefined): string | undefined =>
    atMs === undefined ? undefined : view.time(atMs)
  const state = reason === undefined ? status.status : `${status.status}: ${reason}`
  const again = goesOn.atMs === undefined ? '' : ` Next time: ${view.time(goesOn.atMs)}.`
  const rows: readonly StatusRow[] = [
    ['connection', connection],
    ['status', { text: state, style: LEVEL_STYLES[level] }],
    ['since', time(status.sinceMs)],
    ['why', level === 'fine' || level === 'note' ? undefined : cause],
    ['failing since', failure && `${view.time(failure.sinceMs)}, ${failure.count} times`],
    ['what to do', { text: next?.text ?? '', style: 'strong' }],
    ['', { text: next?.command ?? '', style: 'strong' }],
    ['goes on', goesOn.text === '' ? undefined : `${goesOn.text}${again}`],
    [
      'stops',
      stops.count === 0 ? undefined : `${stops.count} flows: ${stops.workflowIds.join(', ')}`,
    ],
    ['owner', status.owner],
    ['tags', status.tags?.join(' ')],
    ['description', status.description],
    ['metadata', status.metadata && JSON.stringify(status.metadata)],
    ['account', account?.name],
    ['kind', kind],
    ['generation', generation === 0 ? undefined : String(generation)],
    ['token until', time(status.expiresAtMs)],
    ['next refresh', refreshes(status) ? nextRefresh(status, time) : undefined],
    ['use', unusedSinceMs === undefined ? undefined : unusedText(view.time(unusedSinceMs))],
    ['sealed with', status.keyIds?.join(', ')],
    ['scope', status.scope],
    ['not granted', status.missingScope],
    ['held by', status.leaseHolders?.map(({ workflowId }) => workflowId).join(', ')],
    ...notes.map((note): StatusRow => ['note', note]),
  ]
  return rows.flatMap(([label, part]) => {
    const text = typeof part === 'object' ? part.text : part
    if (text === undefined || text === '') return []
    const style = typeof part === 'object' ? part.style : undefined
    return wrapTo(text, view.columns - LABEL_WIDTH).map((line, at): Line => [
      { text: padTo(at === 0 ? label : '', LABEL_WIDTH), style: 'dim' },
      { text: line, style },
    ])
  })
}

function nextRefresh(
  { nextRefreshAtMs, mayEnd }: ConnectionStatus,
  time: (atMs: number | undefined) => string | undefined,
): string | undefined {
  return nextRefreshAtMs === undefined && mayEnd === true
    ? 'when somebody asks'
    : time(nextRefreshAtMs)
}

/** A connection that waits for a person has no next refresh, whatever was planned before. */
function refreshes({ status }: ConnectionStatus): boolean {
  return status !== 'needs_reauth' && status !== 'revoked' && status !== 'pending'
}
