import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { fromTokenWorkflowId } from '../contract/connection-ref.js'
import type { Measure } from '../contract/measure.js'
import { type MetricLabels, METRICS } from '../contract/metrics.js'
import { searchAttributeKey } from '../contract/search-attributes.js'

export interface FleetMetricsOptions {
  readonly client: Client
  readonly taskQueue: string
  readonly measure: Measure
  readonly everyMs: number
  /** Connections that carry one of these are counted by it, too. */
  readonly tags: readonly string[]
  readonly signal: AbortSignal
}

/** A count takes at most this share of the time: it lists every connection. */
const SHARE = 1 / 50

type CountedMetric = 'tokenkeeper.connections' | 'tokenkeeper.tagged.connections'
type LabelledCount<Name extends CountedMetric> = [labels: MetricLabels<Name>, value: number]

/**
 * Counts connections by state, the seconds until tokens end that could not be renewed, and parked flows, by
 * Temporal's visibility: it knows them all, whichever worker they run on. Every keeper worker of a task queue tells the same numbers,
 * so that a board takes the highest. Goes on until the signal. Never throws.
 */
export async function measureFleet(options: FleetMetricsOptions): Promise<void> {
  const fleet = new FleetGauges(options.measure)
  while (!options.signal.aborted) {
    const startedMs = performance.now()
    try {
      await countForGauges(options, fleet)
    } catch {
      // The next count may work; until then the gauges stay as they are, and Temporal's own metrics show how the server is.
    }
    const tookMs = performance.now() - startedMs
    const pauseMs = Math.max(options.everyMs, tookMs / SHARE)
    const { signal } = options
    const jitteredMs = pauseMs * (0.9 + Math.random() * 0.2)
    await delay(jitteredMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

async function countForGauges(options: FleetMetricsOptions, fleet: FleetGauges): Promise<void> {
  const { client, taskQueue, signal } = options
  const connections = new LabelledCounts<'tokenkeeper.connections'>()
  const tagged = new LabelledCounts<'tokenkeeper.tagged.connections'>()
  const expiries = new Map<string, number>()
  const running = `ExecutionStatus = 'Running'`
  const query = `WorkflowType = 'tokenWorkflow' AND ${running} AND TaskQueue = '${taskQueue}'`
  for await (const { workflowId, typedSearchAttributes } of client.workflow.list({ query })) {
    if (signal.aborted) return
    const connector = fromTokenWorkflowId(workflowId)?.connector
    if (connector === undefined) continue
    const state = toState(typedSearchAttributes.get(STATUS_KEY))
    const expiresAt = typedSearchAttributes.get(EXPIRES_KEY)
    connections.add({ connector, state })
    const carried = new Set(typedSearchAttributes.get(TAGS_KEY))
    for (const tag of options.tags) if (carried.has(tag)) tagged.add({ connector, state, tag })
    expiries.set(connector, expiries.get(connector) ?? Infinity)
    // Of a healthy one visibility has the end of a token that may have been renewed since.
    if (expiresAt === undefined || state !== 'degraded') continue
    const seconds = (expiresAt.getTime() - Date.now()) / 1000
    expiries.set(connector, Math.min(expiries.get(connector) ?? Infinity, Math.max(0, seconds)))
  }
  fleet.tellConnections(connections.rows(), expiries)
  fleet.tellTagged(tagged.rows())
  const parked = new Map([...expiries.keys()].map((connector) => [connector, 0]))
  // Last: a namespace without the search attribute refuses the query.
  const waiting = `TokenkeeperWaitingFor IS NOT NULL AND ${running}`
  for await (const { typedSearchAttributes } of client.workflow.list({ query: waiting })) {
    if (signal.aborted) return
    const connector = typedSearchAttributes.get(WAITING_KEY)?.split('/')[0] ?? ''
    // Only parked flows of this keeper's connections count: other keepers count theirs.
    const before = parked.get(connector)
    if (before !== undefined) parked.set(connector, before + 1)
  }
  fleet.tellParked(parked)
}

const STATUS_KEY = searchAttributeKey('TokenkeeperStatus')
const EXPIRES_KEY = searchAttributeKey('TokenkeeperExpiresAt')
const TAGS_KEY = searchAttributeKey('TokenkeeperTags')
const WAITING_KEY = searchAttributeKey('TokenkeeperWaitingFor')

type State = MetricLabels<'tokenkeeper.connections'>['state']

function toState(told: string | undefined): State {
  return METRICS['tokenkeeper.connections'].labels.state.find((one) => one === told) ?? 'unknown'
}

/** Sets gauges, and those to nothing of which there is nothing any more. */
class FleetGauges {
  readonly #measure: Measure
  #rows: readonly LabelledCount<'tokenkeeper.connections'>[] = []
  #tagged: readonly LabelledCount<'tokenkeeper.tagged.connections'>[] = []
  #connectors: ReadonlySet<string> = new Set()

  constructor(measure: Measure) {
    this.#measure = measure
  }

  tellConnections(
    rows: readonly LabelledCount<'tokenkeeper.connections'>[],
    expiries: ReadonlyMap<string, number>,
  ): void {
    for (const [labels] of this.#rows) this.#measure('tokenkeeper.connections', 0, labels)
    for (const [labels, value] of rows) this.#measure('tokenkeeper.connections', value, labels)
    for (const connector of this.#connectors)
      if (!expiries.has(connector)) {
        this.#measure('tokenkeeper.token.expiry', Infinity, { connector })
        this.#measure('tokenkeeper.flows.parked', 0, { connector })
      }
    for (const [connector, seconds] of expiries)
      this.#measure('tokenkeeper.token.expiry', seconds, { connector })
    this.#rows = rows
    this.#connectors = new Set(expiries.keys())
  }

  tellTagged(rows: readonly LabelledCount<'tokenkeeper.tagged.connections'>[]): void {
    for (const [labels] of this.#tagged) this.#measure('tokenkeeper.tagged.connections', 0, labels)
    for (const [labels, value] of rows)
      this.#measure('tokenkeeper.tagged.connections', value, labels)
    this.#tagged = rows
  }

  tellParked(parked: ReadonlyMap<string, number>): void {
    for (const [connector, flows] of parked)
      this.#measure('tokenkeeper.flows.parked', flows, { connector })
  }
}

class LabelledCounts<Name extends CountedMetric> {
  readonly #counts = new Map<string, LabelledCount<Name>>()

  add(labels: MetricLabels<Name>): void {
    const key = Object.values(labels).join(' ')
    this.#counts.set(key, [labels, (this.#counts.get(key)?.[1] ?? 0) + 1])
  }

  rows(): readonly LabelledCount<Name>[] {
    return [...this.#counts.values()]
  }
}
