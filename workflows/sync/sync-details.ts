import { parseConnection, tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { toCode, toMarkdown } from '../../src/contract/foreign-text.js'
import { describeRoute, type SyncRoute } from '../../src/contract/static-texts.js'
import { isFunctionSink, type SyncCheckpoint, type SyncRun } from '../../src/contract/sync.js'
import type { Throughput } from './sync-meter.js'

/** A sync, and the run that it goes on for. */
export interface ShownSync extends SyncRoute {
  readonly replayOf?: SyncRun | undefined
}

/** Markdown for the Web UI: how far a sync is, from where to where, and which workflows it has to do with. */
export function describeSync(
  sync: ShownSync,
  checkpoint: SyncCheckpoint,
  throughput: Throughput,
): string {
  const { from, to, replayOf } = sync
  const ends = isFunctionSink(to) ? [from] : [from, to]
  const ids = ends.map(({ connection }) => workflowOf(connection))
  const workflows = [...new Set(ids)].filter((id) => id !== undefined).map((id) => toCode(id))
  const related = [
    `connections: workflows ${workflows.join(', ')}`,
    replayOf === undefined
      ? ''
      : `replay of run ${toCode(replayOf.runId, LONGEST_ID)} of workflow ${toCode(replayOf.workflowId, LONGEST_ID)}`,
  ]
  return [
    describeProgress(checkpoint, throughput),
    describeRoute(sync),
    related.filter((fact) => fact !== '').join(' · '),
  ].join('\n\n')
}

const LONGEST_ID = 300

function workflowOf(connection: string): string | undefined {
  const ref = parseConnection(connection)
  return ref === undefined ? undefined : tokenWorkflowId(ref)
}

/** One line, and one more for each warning. */
function describeProgress(
  { counters, total, warnings = [] }: SyncCheckpoint,
  { recordsPerSecond, secondsLeft }: Throughput,
): string {
  const { pages, read, written, setAside = 0 } = counters
  const facts = [
    `pages **${pages}**`,
    `read **${read}**`,
    `written **${written}**`,
    setAside === 0 ? '' : `set aside **${setAside}**`,
    total === undefined ? '' : `of ${total}`,
    recordsPerSecond === undefined ? '' : `${recordsPerSecond} records a second`,
    secondsLeft === undefined ? '' : `about ${formatSeconds(secondsLeft)} left`,
  ]
  const line = facts.filter((fact) => fact !== '').join(' · ')
  return [line, ...warnings.map((text) => `**Warning**: ${toMarkdown(text)}`)].join('\n\n')
}

function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  return `${Math.round(minutes / 60)} h`
}
