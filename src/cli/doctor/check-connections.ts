import { type Condition, needsPerson, toCondition } from '../../contract/condition.js'
import type { KeeperReport } from '../../contract/keeper-report.js'
import type { ConnectionStatus } from '../../contract/token-status.js'
import { counted } from '../frame/output.js'
import { type Finding, namesOf, note, ok, problem, unknown } from './finding.js'

/** So long before an end a person has time to act. */
const LEAD_MS = 30 * 86_400_000
/** More of them are counted, and not listed. */
const MOST_LISTED = 20

export interface ConnectionsSeen {
  readonly statuses: readonly ConnectionStatus[]
  /** Connections that did not answer. */
  readonly silent: readonly string[]
}

/** Which connections need a person, each with what to do. */
export function judgeConnections({ statuses, silent }: ConnectionsSeen): readonly Finding[] {
  const check = 'connections'
  const conditions = statuses.map(toCondition)
  const sick = conditions.filter(needsPerson)
  const mending = conditions.filter(({ level }) => level === 'mending')
  const findings = sick
    .slice(0, MOST_LISTED)
    .map((one) => problem(check, describeSick(one), todoOf(one)))
  if (sick.length > MOST_LISTED)
    findings.push(
      problem(
        check,
        `${sick.length - MOST_LISTED} more connections need somebody: ${namesOf(sick.slice(MOST_LISTED).map(({ connection }) => connection))}.`,
        'npx tokenkeeper status lists all of them.',
      ),
    )
  if (silent.length > 0)
    findings.push(
      unknown(
        check,
        `${counted(silent.length, 'connection')} did not answer: ${namesOf(silent)}.`,
        'See what is said of the keeper workers and of workflow tasks.',
      ),
    )
  if (mending.length > 0)
    findings.push(
      note(
        check,
        `${counted(mending.length, 'connection')} in trouble, and mended without anybody: ${namesOf(mending.map(({ connection }) => connection))}.`,
      ),
    )
  if (findings.length > 0) return findings
  return [
    ok(
      check,
      statuses.length === 0
        ? 'There are none yet.'
        : `Nobody is needed by any of ${counted(statuses.length, 'connection')}.`,
    ),
  ]
}

function describeSick({ connection, status, cause, stops }: Condition): string {
  const flows =
    stops.count === 0
      ? ''
      : ` ${counted(stops.count, 'flow')} ${stops.count === 1 ? 'waits' : 'wait'} for it.`
  return `${connection} is ${status}: ${cause}${flows}`
}

function todoOf({ next, connection }: Condition): string {
  if (next === undefined) return `npx tokenkeeper status ${connection}`
  return next.command === undefined ? `${next.text}.` : `${next.text}: ${next.command}`
}

/** Grants and client secrets that end soon, so that only a person can prevent what comes then. */
export function judgeEnds(
  statuses: readonly ConnectionStatus[],
  nowMs: number,
): readonly Finding[] {
  const check = 'coming ends'
  const ends = statuses.flatMap(({ connection, comingEnds = [] }) =>
    comingEnds
      .filter(({ endsAtMs }) => endsAtMs - nowMs <= LEAD_MS)
      .map((ending) => ({ connection, ...ending })),
  )
  if (ends.length === 0) return [ok(check, 'No grant and no client secret ends within 30 days.')]
  return ends
    .sort((one, other) => one.endsAtMs - other.endsAtMs)
    .slice(0, MOST_LISTED)
    .map(({ connection, what, endsAtMs }) => {
      const days = Math.floor((endsAtMs - nowMs) / 86_400_000)
      const when = `${days < 0 ? 'ended on' : 'ends on'} ${new Date(endsAtMs).toISOString().slice(0, 10)}${days < 0 ? '' : ` (in ${counted(days, 'day')})`}`
      return what === 'client_secret_ends'
        ? problem(
            check,
            `The client secret of ${connection}'s connector ${when}.`,
            'Get a new one from the provider, put it where the connector reads it, and move clientSecretExpiresAt.',
          )
        : problem(
            check,
            `The authorisation of ${connection} ${when}${what === 'grant_unused' ? ', for it has not been used' : ', however often it is refreshed'}.`,
            what === 'grant_unused'
              ? `Look why refreshing fails: npx tokenkeeper status ${connection}`
              : `Authorise it again before that: npx tokenkeeper connect ${connection}`,
          )
    })
}

/** Connections whose connector no running keeper worker has. */
export function judgeConnectors(
  statuses: readonly ConnectionStatus[],
  reports: readonly KeeperReport[],
): readonly Finding[] {
  const check = 'connectors'
  if (reports.length === 0) return [unknown(check, 'No keeper worker told its connectors.')]
  const findings: Finding[] = []
  const ids = [...new Set(reports.flatMap(({ connectors }) => connectors.map(({ id }) => id)))]
  for (const id of ids) {
    const without = reports.filter(({ connectors }) => !connectors.some((one) => one.id === id))
    if (without.length > 0)
      findings.push(
        problem(
          check,
          `${counted(without.length, 'keeper worker')} of ${reports.length} lack the connector '${id}': ${namesOf(without.map(({ identity }) => identity))}.`,
          'Start all keeper workers of a task queue with the same connectors.',
        ),
      )
  }
  for (const [id, users] of usersOf(statuses))
    if (!ids.includes(id))
      findings.push(
        problem(
          check,
          `No running keeper worker has the connector '${id}', which ${counted(users.length, 'connection')} use${users.length === 1 ? 's' : ''}: ${namesOf(users)}.`,
          'Give it to the keeper workers, or end what is not wanted any more: npx tokenkeeper revoke',
        ),
      )
  return findings.length > 0
    ? findings
    : [
        ok(
          check,
          `All keeper workers have ${namesOf([...ids].sort(), 10)}, and each of them is valid.`,
        ),
      ]
}

/** Connections by connector. */
function usersOf(statuses: readonly ConnectionStatus[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>()
  for (const { connection } of statuses) {
    const [id = ''] = connection.split('/')
    users.set(id, [...(users.get(id) ?? []), connection])
  }
  return users
}

/** Which key seals which connections. */
export function connectionsByKey(
  statuses: readonly ConnectionStatus[],
): ReadonlyMap<string, readonly string[]> {
  const inUse = new Map<string, string[]>()
  for (const { connection, keyIds = [] } of statuses)
    for (const id of keyIds) inUse.set(id, [...(inUse.get(id) ?? []), connection])
  return inUse
}
