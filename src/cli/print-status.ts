import type { ConnectionStatus } from '../contract/token-status.js'

/** What a machine reads is one line of JSON on standard output; a person reads a few lines. */
export function printStatus(status: ConnectionStatus, json: boolean | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify(status)}\n` : describe(status))
}

function describe(status: ConnectionStatus): string {
  const { connection, account, kind, reason, generation, expiresAtMs, nextRefreshAtMs } = status
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['connection', connection],
    ['status', reason === undefined ? status.status : `${status.status}: ${reason}`],
    ['since', toTime(status.sinceMs)],
    ['account', account?.name],
    ['kind', kind],
    ['generation', generation === 0 ? undefined : String(generation)],
    ['token until', toTime(expiresAtMs)],
    ['next refresh', toTime(nextRefreshAtMs)],
    ['scope', status.scope],
    ['not granted', status.missingScope],
    ['waiting', status.waiting === 0 ? undefined : waitingText(status)],
    ['trouble', status.failure?.message],
    ...(status.warnings ?? []).map((warning) => ['note', warning] as const),
  ]
  return rows
    .flatMap(([label, text]) =>
      text === undefined || text === '' ? [] : [`${label.padEnd(13)} ${plain(text)}\n`],
    )
    .join('')
}

function waitingText({ waiting, waitingFlows }: ConnectionStatus): string {
  return `${String(waiting)} (${waitingFlows.join(', ')})`
}

function toTime(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString()
}

/** Names come from providers: nothing in them may move a terminal's cursor. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}
