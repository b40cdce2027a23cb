import type { CommandedStatus } from '../client/commanded-status.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { printJson, printLines, printNotes } from './print.js'

/** What a machine reads is one line of JSON on standard output; a person reads a few lines. */
export function printStatus(status: ConnectionStatus, json: boolean | undefined): void {
  if (json === true) printJson(status)
  else printLines(...statusLines(status))
}

/** As {@link printStatus}; says beside it where nothing was changed. */
export function printOutcome(status: CommandedStatus, json: boolean | undefined): void {
  if (status.unchanged === true)
    printNotes(
      `${status.connection} was connected with this credential already: nothing was changed.`,
    )
  printStatus(status, json)
}

function statusLines(status: ConnectionStatus): string[] {
  const { connection, account, kind, reason, generation, expiresAtMs, nextRefreshAtMs } = status
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['connection', connection],
    ['status', reason === undefined ? status.status : `${status.status}: ${reason}`],
    ['since', toTime(status.sinceMs)],
    ['account', account?.name],
    ['kind', kind],
    ['generation', generation === 0 ? undefined : String(generation)],
    ['token until', toTime(expiresAtMs)],
    ['next refresh', refreshes(status) ? toTime(nextRefreshAtMs) : undefined],
    ['sealed with', status.keyIds?.join(', ')],
    ['scope', status.scope],
    ['not granted', status.missingScope],
    ['waiting', status.waiting === 0 ? undefined : waitingText(status)],
    ['trouble', status.failure?.message],
    ...(status.warnings ?? []).map((warning) => ['note', warning] as const),
  ]
  return rows
    .filter(([, text]) => text !== undefined && text !== '')
    .map(([label, text = '']) => `${label.padEnd(13)} ${text}`)
}

/** A connection that waits for a person has no next refresh, whatever was planned before. */
function refreshes({ status }: ConnectionStatus): boolean {
  return status !== 'needs_reauth' && status !== 'revoked' && status !== 'pending'
}

function waitingText({ waiting, waitingFlows }: ConnectionStatus): string {
  return `${waiting} (${waitingFlows.join(', ')})`
}

function toTime(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString()
}
