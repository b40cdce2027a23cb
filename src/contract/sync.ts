import type { Lease } from './lease.js'

/** One end of a sync. */
export interface SyncEnd {
  /** `shopify/acme`, or `erp` for the account `default`. */
  readonly connection: string
  readonly endpoint: string
  /** Path and query parameters; for the source, of the first page. */
  readonly input?: Readonly<Record<string, unknown>>
}

/** What a user gives to `syncFlow`. */
export interface SyncInput {
  readonly from: SyncEnd
  readonly to: SyncEnd & {
    /** Records per write, for endpoints that take several; default: what the endpoint declares. */
    readonly batchSize?: number
  }
  /**
   * Names the work for idempotency keys. Default: the workflow id and the id of the first run, so
   * that it stays through continue-as-new and reset.
   */
  readonly lineage?: string
  /** How long to wait for a connection that is not usable: a number of milliseconds or `'2 hours'`. Default: for ever. */
  readonly maxWait?: string | number
  /** Where an earlier run stopped. */
  readonly checkpoint?: SyncCheckpoint
  /** The keeper worker's task queue, where it is not `tokenkeeper`. */
  readonly keeperTaskQueue?: string
}

export interface SyncCounters {
  readonly pages: number
  readonly read: number
  readonly written: number
}

/** The place of a sync: everything before `cursor` is accepted by the sink. Plain data without secrets. */
export interface SyncCheckpoint {
  /** Opaque to the workflow; absent: the first page. */
  readonly cursor?: string
  readonly counters: SyncCounters
}

export interface SyncSliceInput {
  readonly from: SyncEnd
  readonly to: SyncEnd & { readonly batchSize?: number }
  readonly fromLease: Lease
  readonly toLease: Lease
  readonly lineage: string
  readonly checkpoint: SyncCheckpoint
}

/**
 * Why a slice ended. `lease`: the lease of `connection` is about to die. `rejected`: the upstream
 * refused `generation` of `connection`. `wait`: the upstream asked for a pause that belongs into a
 * timer of the flow. `draining`: the worker is going down.
 */
export type SyncSliceResult = { readonly checkpoint: SyncCheckpoint } & (
  | { readonly outcome: 'done' }
  | { readonly outcome: 'lease'; readonly connections: readonly string[] }
  | {
      readonly outcome: 'rejected'
      readonly connection: string
      readonly generation: number
      readonly status: number
      readonly endpoint: string
      /** Requests that passed with this generation in this activity execution. */
      readonly accepted: number
      /** Nothing was sent: the definition has another kind of authentication than the lease. */
      readonly outdated?: boolean
    }
  | {
      readonly outcome: 'wait'
      readonly connection: string
      readonly waitMs: number
      readonly reason: string
    }
  | { readonly outcome: 'draining' }
)

export interface SyncResult extends SyncCounters {
  readonly lineage: string
}
