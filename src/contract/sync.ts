/** One end of a sync. */
export interface SyncEnd {
  /**
   * `shopify/acme`, or `erp` for the account `default`.
   * @example connection: 'shopify/acme'
   */
  readonly connection: string
  /** @example endpoint: 'orders.list' */
  readonly endpoint: string
  /**
   * Path and query parameters; for the source, of the first page.
   * @example input: { status: 'open' }
   */
  readonly input?: Readonly<Record<string, unknown>> | undefined
}

/** A sink that is an endpoint of a connection. */
export interface SyncEndpointSink extends SyncEnd {
  /**
   * Records per write, for endpoints that take several; default: what the endpoint declares.
   * @example batchSize: 50
   */
  readonly batchSize?: number | undefined
}

/** A sink that is a function of the keeper worker's own: `sinks: { writeOrders }`. */
export interface SyncFunctionSink {
  /** @example sink: 'writeOrders' */
  readonly sink: string
  /**
   * Records a call; default 100.
   * @example batchSize: 500
   */
  readonly batchSize?: number | undefined
}

export type SyncSink = SyncEndpointSink | SyncFunctionSink

/** Runs of one id read only what changed since the last one: from its watermark on. */
export interface IncrementalSync {
  /**
   * Names the watermark: one for all runs that read the same.
   * @example id: 'orders'
   */
  readonly id: string
  /**
   * Path of the record's field that the watermark is the highest value of: `updated_at`.
   * @example field: 'updated_at'
   */
  readonly field: string
  /**
   * The input of the source endpoint that takes the watermark: `updated_at_min`.
   * @example param: 'updated_at_min'
   */
  readonly param: string
}

/** A number, or a text: two moments in ISO 8601 are compared as moments, other texts letter by letter. */
export type Watermark = string | number

/** What a user gives to `syncFlow`. */
export interface SyncInput {
  /** @example from: { connection: 'shop/acme', endpoint: 'orders.list' } */
  readonly from: SyncEnd
  /** @example to: { connection: 'erp', endpoint: 'orders.upsert' } */
  readonly to: SyncSink
  /**
   * A function of the keeper worker's own that each record goes through: `transforms: { toErpOrder }`.
   * @example transform: 'toErpOrder'
   */
  readonly transform?: string | undefined
  /**
   * What happens at a record that can't go through (schema, transform, refused by the sink): the sync
   * stops at its page, or the record is counted and left out. Default `stop`.
   * @example onBadRecord: 'set-aside'
   */
  readonly onBadRecord?: 'stop' | 'set-aside' | undefined
  /** @example incremental: { id: 'orders', field: 'updated_at', param: 'updated_at_min' } */
  readonly incremental?: IncrementalSync | undefined
  /**
   * Names the work for idempotency keys. Default: the workflow id and the id of the first run, so
   * that it stays through continue-as-new, reset and replay.
   * @example lineage: 'orders-2026-11'
   */
  readonly lineage?: string | undefined
  /**
   * How long to wait for a connection that is not usable: a number of milliseconds or `'2 hours'`. Default: for ever.
   * @example maxWait: '2 hours'
   */
  readonly maxWait?: string | number | undefined
  /**
   * How long a parked flow waits before it asks its connection again, in case that its token workflow is another one by now. Default `'5 minutes'`, doubled each time up to an hour.
   * @example askAgain: '1 minute'
   */
  readonly askAgain?: string | number | undefined
  /**
   * Where an earlier run stopped.
   * @example checkpoint: earlier.checkpoint
   */
  readonly checkpoint?: SyncCheckpoint | undefined
  /**
   * The run that this one goes on for.
   * @example replayOf: { workflowId: 'sync:orders', runId: '0197…' }
   */
  readonly replayOf?: SyncRun | undefined
  /**
   * The keeper worker's task queue, where it is not `tokenkeeper`.
   * @example keeperTaskQueue: 'tokenkeeper-eu'
   */
  readonly keeperTaskQueue?: string | undefined
  /**
   * Set by the flow itself, for its next run: nobody gives it.
   * @internal
   */
  readonly carried?: CarriedSync | undefined
}

/** What one run of a sync hands to the next at continue-as-new, beside its checkpoint. */
export interface CarriedSync {
  readonly waits: readonly SyncWait[]
  /** An operator holds it, since then. */
  readonly pausedSinceMs?: number | undefined
  readonly searchAttributes: readonly string[]
  /** Parking, failure and recovery of this sync are reported as notices. */
  readonly notices?: true | undefined
  /** Its keeper sends few heartbeats. */
  readonly economy?: true | undefined
}

/** One run of a sync, as Temporal names it. */
export interface SyncRun {
  readonly workflowId: string
  readonly runId: string
}

export interface SyncCounters {
  readonly pages: number
  readonly read: number
  readonly written: number
  /** Records left out; absent: none. `read` is `written` and these, once a page is accepted. */
  readonly setAside?: number | undefined
}

/** A record that was left out: never its body. */
export interface SetAsideRecord {
  /** The record's id, at most 100 characters; `page 3, record 7` where it has none. */
  readonly id: string
  /** Where and why in words of ours, at most 200 characters: never a value of the record. */
  readonly reason: string
}

/** How many of the records set aside are named; all of them are counted. */
export const MAX_SET_ASIDE_NAMED = 50

/** Where a sync stands: everything before `cursor` is accepted by the sink. Plain data without secrets. */
export interface SyncCheckpoint {
  /** Opaque to the workflow; absent: the first page. */
  readonly cursor?: string | undefined
  readonly counters: SyncCounters
  /** The first {@link MAX_SET_ASIDE_NAMED} of the records set aside. */
  readonly setAside?: readonly SetAsideRecord[] | undefined
  /** Highest value of the incremental field among the records that were accepted or set aside. */
  readonly watermark?: Watermark | undefined
  /** The stored watermark that an incremental run began with: its pages go on being read with it. */
  readonly since?: Watermark | undefined
  /** How many records there are in all, where the source says so. */
  readonly total?: number | undefined
  /** A digest of the source's definition that `cursor` belongs to, as 16 hex digits. */
  readonly definition?: string | undefined
  /** What the search for pages in a circle (Brent's algorithm) knows so far; opaque to the workflow. */
  readonly cycleGuard?: string | undefined
  /** What may be wrong though nothing failed, at most {@link MAX_SYNC_WARNINGS}; never a value of a record. */
  readonly warnings?: readonly string[] | undefined
}

/** How many warnings a checkpoint keeps; each has at most 500 characters. */
export const MAX_SYNC_WARNINGS = 10

/** Whether a checkpoint is ahead of another one: by a page, or inside the same one. */
export function isFurther({ counters }: SyncCheckpoint, than: SyncCheckpoint): boolean {
  return counters.pages > than.counters.pages || counters.read > than.counters.read
}

/** What a sync waited for, summed by connection and reason. */
export interface SyncWait {
  /** Absent: an operator paused the sync itself. */
  readonly connection?: string | undefined
  /** `HTTP 429`, `its rate limit`, `needs_reauth: revoked`, `paused by an operator` ... */
  readonly why: string
  readonly times: number
  readonly totalMs: number
}

export interface SyncResult extends SyncCounters {
  readonly lineage: string
  readonly setAside: number
  /** The first {@link MAX_SET_ASIDE_NAMED} of them. */
  readonly setAsideRecords: readonly SetAsideRecord[]
  readonly waits: readonly SyncWait[]
  /** What the next run of the same incremental id begins with. */
  readonly watermark?: Watermark | undefined
  readonly replayOf?: SyncRun | undefined
  /**
   * What may be wrong though the sync is done: no page had the field that names the next page, or fewer
   * records came than the source had announced. Absent: nothing.
   */
  readonly warnings?: readonly string[] | undefined
}

/** Signals of a sync: they hold this one, whatever its connections do. No argument. */
export const SYNC_SIGNALS = {
  pause: 'tokenkeeper.pause',
  resume: 'tokenkeeper.resume',
} as const

export const SYNC_QUERIES = {
  /** () => SyncProgressReport */
  progress: 'tokenkeeper.progress',
} as const

/** The answer of the query `tokenkeeper.progress`: how far a sync was at the last report that its flow received. */
export interface SyncProgressReport {
  /** `parked`: a connection is not usable. `waiting`: an upstream asked for time. `paused`: an operator holds it. */
  readonly state: 'running' | 'waiting' | 'parked' | 'paused'
  readonly connection?: string | undefined
  /** What it waits for, and what to do. */
  readonly why?: string | undefined
  readonly sinceMs?: number | undefined
  /** When the wait is over. While parked: when the sync gives up, where `maxWait` says so. */
  readonly untilMs?: number | undefined
  readonly counters: SyncCounters
  readonly total?: number | undefined
  readonly warnings?: readonly string[] | undefined
  readonly recordsPerSecond?: number | undefined
  readonly secondsLeft?: number | undefined
  readonly atMs: number
  readonly lineage: string
}

export function isFunctionSink(sink: SyncSink): sink is SyncFunctionSink {
  return 'sink' in sink
}
