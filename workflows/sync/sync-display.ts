import { defineQuery, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow'
import { parseConnection, tokenWorkflowId } from '../../src/contract/connection-ref.js'
import {
  type GivenAttributes,
  onlyRegistered,
  searchAttributeKey,
  syncAttributes,
} from '../../src/contract/search-attributes.js'
import {
  isFunctionSink,
  SYNC_QUERIES,
  type SyncCheckpoint,
  type SyncProgressReport,
  type SyncRun,
} from '../../src/contract/sync.js'
import { toCode, toMarkdown } from '../../src/contract/foreign-text.js'
import { describeRoute, type SyncRoute } from '../../src/contract/static-texts.js'
import { thisFlow } from '../flow/this-flow.js'
import type { SyncState, SyncTask, UpstreamPause } from './run-sync.js'
import { SyncMeter, type Throughput } from './sync-meter.js'
import type { SyncNotices } from './sync-notices.js'
import { addWait } from './sync-waits.js'

const FAILURE = searchAttributeKey('TokenkeeperFailure')
const SHOWN_FROM_MS = 5000
const PAUSED = 'paused by an operator'

/** Shows how far a sync is and what it waits for: current details, search attributes, the query. */
export class SyncDisplay {
  /** The search attributes that the namespace has: to upsert another one would stall the flow. */
  searchAttributes: readonly string[] = []
  readonly #waiting = thisFlow().display
  readonly #meter = new SyncMeter()
  readonly #task: SyncTask
  readonly #shown: ShownSync

  constructor(task: SyncTask, notices: SyncNotices, replayOf: SyncRun | undefined) {
    this.#task = task
    this.#shown = { from: task.from, to: task.to, replayOf }
    this.#waiting.onWaiting = (waiting) => {
      if (waiting.state === 'parked') notices.parked(waiting)
    }
    this.#waiting.onWaited = ({ state, connection, why }, ms, next) => {
      if (state === 'parked' && next?.state !== 'parked') notices.wentOn(connection, ms)
      // The engine sums what upstreams ask for by itself.
      if (state !== 'waiting') task.state.waits = addWait(task.state.waits, { connection, why, ms })
      this.#meter.restart(task.state.checkpoint, Date.now())
    }
    this.#meter.note(task.state.checkpoint, Date.now())
    setHandler(defineQuery<SyncProgressReport>(SYNC_QUERIES.progress), () => this.#report(), {
      description: 'How far this sync is, and what it waits for.',
    })
    this.#draw()
  }

  moved({ checkpoint }: SyncState): void {
    this.#meter.note(checkpoint, Date.now())
    this.#draw()
  }

  paused(sinceMs: number): void {
    const message = `${PAUSED}: send the signal tokenkeeper.resume`
    this.#waiting.show({ state: 'paused', why: PAUSED, message }, sinceMs, [])
  }

  resumed(): void {
    this.#waiting.clear(undefined)
  }

  /** Shows what an upstream asked for while it is sat out. */
  async during<T>(pause: UpstreamPause, ms: number, wait: () => Promise<T>): Promise<T> {
    const { connection, reason } = pause
    const nowMs = Date.now()
    const message = pause.message ?? `${reason}; it goes on by itself then`
    const waiting = { state: 'waiting', connection, why: reason, message } as const
    // What is over before anybody looks is not worth two events.
    const attributes = ms < SHOWN_FROM_MS ? [] : this.searchAttributes
    this.#waiting.show({ ...waiting, untilMs: nowMs + ms }, nowMs, attributes)
    try {
      return await wait()
    } finally {
      this.#waiting.clear(connection)
    }
  }

  /** Sets the search attributes by which people find a sync, where it was started without them. */
  tagStart(): void {
    const { from } = this.#task
    const told = workflowInfo().typedSearchAttributes
    const attributes = syncAttributes({ from, replayOf: this.#shown.replayOf })
    this.#tag(attributes.filter(({ key, value }) => told.get(key) !== value))
  }

  /** Sets the search attribute by which people find a failed sync. */
  tagFailure(code: string): void {
    this.#tag([{ key: FAILURE, value: code }])
  }

  #tag(attributes: GivenAttributes): void {
    const pairs = onlyRegistered(attributes, this.searchAttributes)
    if (pairs.length > 0) upsertSearchAttributes([...pairs])
  }

  #draw(): void {
    const { checkpoint } = this.#task.state
    const throughput = this.#meter.throughput(checkpoint)
    this.#waiting.setDetails(describeSync(this.#shown, checkpoint, throughput))
  }

  #report(): SyncProgressReport {
    const { state, lineage } = this.#task
    const { counters, total, warnings } = state.checkpoint
    const waiting = this.#waiting.current()
    return {
      state: waiting?.state ?? 'running',
      connection: waiting?.connection,
      why: waiting?.message,
      sinceMs: waiting?.sinceMs,
      untilMs: waiting?.untilMs,
      counters,
      total,
      warnings,
      ...this.#meter.throughput(state.checkpoint),
      atMs: Date.now(),
      lineage,
    }
  }
}

/** A sync, and the run that it goes on for. */
interface ShownSync extends SyncRoute {
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
