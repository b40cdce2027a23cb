import type { KeeperReport } from '../../contract/keeper-report.js'
import { counted } from '../frame/output.js'
import { distinct, type Finding, namesOf, note, ok, problem, unknown } from './finding.js'

/**
 * Whether every sealing key in use is with a running worker.
 * @param hasSilent whether some connection did not tell its keys: then no key is known to be of no use
 */
export function judgeKeys(
  inUse: ReadonlyMap<string, readonly string[]>,
  reports: readonly KeeperReport[],
  hasSilent: boolean,
): readonly Finding[] {
  const check = 'keys'
  if (reports.length === 0)
    return [
      unknown(check, `No keeper worker told its keys; in use: ${namesOrNone([...inUse.keys()])}.`),
    ]
  const findings: Finding[] = []
  for (const [id, connections] of inUse) {
    const without = reports.filter(({ keyIds }) => !keyIds.includes(id))
    const what = `key ${id}, for which ${counted(connections.length, 'connection')} (${namesOf(connections)}) ${connections.length === 1 ? 'is' : 'are'} sealed`
    if (without.length === reports.length)
      findings.push(
        problem(
          check,
          `No running keeper worker has ${what}: nothing of them can be opened.`,
          'Give every keeper worker that key (privateKeys, --key), before the newest one; where it is lost, connect those again.',
        ),
      )
    else if (without.length > 0)
      findings.push(
        problem(
          check,
          `${counted(without.length, 'keeper worker')} of ${reports.length} lack ${what}: ${namesOf(without.map(({ identity }) => identity))}.`,
          'Give every keeper worker the same keys, and restart it.',
        ),
      )
  }
  const newest = distinct(reports.map(({ keyIds }) => keyIds.at(-1) ?? 'none'))
  if (newest.length > 1)
    findings.push(
      note(
        check,
        `Keeper workers seal with different keys: ${newest.join(', ')}.`,
        'While a key is being changed that is right; finish it (docs/how-to/change-keys.md).',
      ),
    )
  if (findings.length > 0) return findings
  const spare = hasSilent ? [] : spareKeys(inUse, reports)
  if (spare.length > 0)
    return [
      note(
        check,
        `Every key in use (${namesOrNone([...inUse.keys()])}) is with all keeper workers. Not in use any more: ${spare.join(', ')}.`,
        'That key may be taken away from the workers.',
      ),
    ]
  return [
    ok(
      check,
      `Every key in use (${namesOrNone([...inUse.keys()])}) is with all ${counted(reports.length, 'keeper worker')}; they seal with ${newest.join()}.`,
    ),
  ]
}

/**
 * Keys that nothing is sealed with, older than one that something is sealed with. A newer one may be what
 * clients seal with at this moment.
 */
function spareKeys(
  inUse: ReadonlyMap<string, readonly string[]>,
  reports: readonly KeeperReport[],
): readonly string[] {
  return distinct(reports.flatMap(({ keyIds }) => keyIds)).filter((id) =>
    reports.every(({ keyIds }) => {
      const at = keyIds.indexOf(id)
      return at < 0 || (!inUse.has(id) && keyIds.slice(at + 1).some((newer) => inUse.has(newer)))
    }),
  )
}

function namesOrNone(ids: readonly string[]): string {
  return ids.length === 0 ? 'none' : namesOf(ids)
}
