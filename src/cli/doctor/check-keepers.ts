import type { KeeperReport } from '../../contract/keeper-report.js'
import { syncQueueOf, workQueueOf } from '../../contract/task-queues.js'
import { counted } from '../frame/output.js'
import { distinct, type Finding, namesOf, note, ok, problem, unknown } from './finding.js'

/** What a clock may be off before leases, signatures and dates suffer. */
const CLOCK_NOTE_MS = 5000
const CLOCK_PROBLEM_MS = 30_000

export interface KeepersSeen {
  readonly taskQueue: string
  /** Identities of those that asked for work lately; `unknown` where the server does not tell. */
  readonly polling: readonly string[] | 'unknown'
  /** The same of the task queue of calls. */
  readonly working: readonly string[] | 'unknown'
  /** The same of the task queue of syncs. */
  readonly syncing: readonly string[] | 'unknown'
  /** The reports of those that answered; undefined: they were not asked. */
  readonly reports: readonly KeeperReport[] | undefined
}

/** Whether keeper workers run and answer. */
export function judgeKeepers(seen: KeepersSeen): Finding {
  const { taskQueue, polling, working, syncing, reports } = seen
  const check = 'keeper workers'
  const start = `Start one: \`npx tokenkeeper worker\`, or your program with createKeeperWorker; where it uses another task queue, give --task-queue.`
  if (polling === 'unknown')
    return unknown(check, `The server does not tell who asks for work of '${taskQueue}'.`)
  if (polling.length === 0)
    return problem(
      check,
      `No keeper worker asks for work of '${taskQueue}': nothing is refreshed, and every flow waits.`,
      start,
    )
  const missing = [
    { queue: workQueueOf(taskQueue), pollers: working, what: 'calls' },
    { queue: syncQueueOf(taskQueue), pollers: syncing, what: 'syncs' },
  ].find(({ pollers }) => pollers.length === 0)
  if (missing !== undefined)
    return problem(
      check,
      `Nobody asks for work of '${missing.queue}', as every keeper worker of '${taskQueue}' does beside: tokens are refreshed, and ${missing.what} stand still.`,
      'Look at the logs of the keeper workers, and start them again.',
    )
  if (reports === undefined)
    return note(check, `${counted(polling.length, 'worker')} ask for work of '${taskQueue}'.`)
  const silent = polling.filter((one) => !reports.some(({ identity }) => identity === one))
  const answered = `${counted(reports.length, 'worker')} of '${taskQueue}' answered: ${namesOf(reports.map(({ identity }) => identity))}.`
  if (reports.length === 0)
    return problem(
      check,
      `${namesOf(polling)} asked for work of '${taskQueue}' in the last minute and a half, and does not answer now.`,
      `It has ended, hangs, or is no keeper worker of this version: look at its log and start it again.`,
    )
  return silent.length === 0
    ? ok(check, answered)
    : note(
        check,
        `${answered} Not heard of: ${namesOf(silent)}.`,
        'Those may have ended in the last minute and a half, or others answered for them.',
      )
}

/** Whether all of an installation are of the same versions. */
export function judgeVersions(
  reports: readonly KeeperReport[],
  own: { readonly tokenkeeper: string },
  flowSdks: readonly string[],
): readonly Finding[] {
  const check = 'versions'
  if (reports.length === 0) return [unknown(check, 'No keeper worker told its versions.')]
  const kept = distinct(reports.map(({ versions }) => versions.tokenkeeper))
  const sdks = distinct(reports.map(({ versions }) => versions.sdk))
  const nodes = distinct(reports.map(({ versions }) => versions.node))
  const findings: Finding[] = []
  if (kept.length > 1)
    findings.push(
      problem(
        check,
        `Keeper workers of one task queue run tokenkeeper ${kept.join(' and ')}: workflow code of one may not go on with what another has begun.`,
        'Finish the upgrade, so that all of them run the same version (docs/how-to/upgrade.md).',
      ),
    )
  else if (!kept.includes(own.tokenkeeper))
    findings.push(
      note(
        check,
        `This program is tokenkeeper ${own.tokenkeeper}, the keeper workers run ${kept.join(', ')}.`,
        'Use the program of the same version: npx tokenkeeper in the project of the workers.',
      ),
    )
  if (sdks.length > 1)
    findings.push(
      note(
        check,
        `Keeper workers run Temporal's SDK in several versions: ${sdks.join(', ')}.`,
        'Install the same @temporalio packages everywhere.',
      ),
    )
  if (findings.length > 0) return findings
  const flows = flowSdks.length === 0 ? '' : `; flow workers: SDK ${flowSdks.join(', ')}`
  return [
    ok(
      check,
      `Keeper workers: tokenkeeper ${kept.join()}, SDK ${sdks.join()}, Node ${nodes.join(', ')}${flows}.`,
    ),
  ]
}

export interface ClocksSeen {
  readonly reports: readonly KeeperReport[]
  /** How far this machine's clock is ahead of the server's at least, and at most; undefined: not known. */
  readonly here?: { readonly leastMs: number; readonly mostMs: number } | undefined
}

/** Whether clocks differ from the Temporal server's. */
export function judgeClocks({ reports, here }: ClocksSeen): readonly Finding[] {
  const check = 'clocks'
  const off: (readonly [who: string, aheadMs: number])[] = []
  for (const { identity, clockAheadMs } of reports)
    off.push([`keeper worker ${identity}`, clockAheadMs])
  if (here !== undefined && here.leastMs > 0) off.push(['this machine', here.leastMs])
  if (here !== undefined && here.mostMs < 0) off.push(['this machine', here.mostMs])
  const wrong = off.filter(([, aheadMs]) => Math.abs(aheadMs) >= CLOCK_NOTE_MS)
  if (wrong.length > 0)
    return wrong.map(([who, aheadMs]) => {
      const seen = `The clock of ${who} is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the Temporal server's.`
      const todo =
        'Let both machines take their time from the network (NTP: chrony, systemd-timesyncd). Leases go by the server, but signed requests and tokens with dates are refused.'
      return Math.abs(aheadMs) >= CLOCK_PROBLEM_MS
        ? problem(check, seen, todo)
        : note(check, seen, todo)
    })
  return reports.length === 0 && here === undefined
    ? [unknown(check, 'No clock could be compared with the server.')]
    : [ok(check, "The clocks of the keeper workers and of this machine agree with the server's.")]
}

/** What goes through a proxy. */
export function judgeProxies(reports: readonly KeeperReport[]): readonly Finding[] {
  const check = 'proxies'
  if (reports.length === 0) return [unknown(check, 'No keeper worker told of its proxies.')]
  const broken = reports.find(({ proxy }) => proxy.problem !== undefined)
  if (broken?.proxy.problem !== undefined)
    return [
      problem(
        check,
        `Keeper worker ${broken.identity}: ${broken.proxy.problem}`,
        'Mend HTTPS_PROXY or HTTP_PROXY in its environment, and restart it.',
      ),
    ]
  const kinds = distinct(reports.map(({ proxy }) => proxy.variables.join(', ')))
  if (kinds.length > 1)
    return [
      note(
        check,
        `Keeper workers differ in what names a proxy: ${kinds.map((kind) => kind || 'nothing').join('; ')}.`,
        'Give all of them the same HTTPS_PROXY and NO_PROXY.',
      ),
    ]
  return [
    ok(
      check,
      kinds[0] === ''
        ? 'Keeper workers use no proxy.'
        : `Keeper workers use the proxy of ${kinds.join()}.`,
    ),
  ]
}
