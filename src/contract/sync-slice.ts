import type { FailureCode } from './failures.js'
import type { Lease } from './lease.js'
import type { Passed } from './messages.js'
import type { SyncCheckpoint, SyncEnd, SyncSink, Watermark } from './sync.js'

export interface SyncSliceInput {
  readonly from: SyncEnd
  readonly to: SyncSink
  /** Absent, as `toLease`: the activity finds one that the token workflow grants at once. */
  readonly fromLease?: Lease | undefined
  readonly toLease?: Lease | undefined
  readonly lineage: string
  readonly checkpoint: SyncCheckpoint
  readonly transform?: string | undefined
  readonly onBadRecord?: 'stop' | 'set-aside' | undefined
  /** Path of the record's field that a watermark is kept of. */
  readonly watermarkField?: string | undefined
  /** The slice returns its position after so long, so that the flow can show it. Default: never. */
  readonly reportEveryMs?: number | undefined
  /** Slices before this one that ended in trouble of an upstream, with no page accepted in between. */
  readonly failures?: number | undefined
}

/** Five seconds between two heartbeats of a keeper, or forty, and some for one that is busy. */
export const SLICE_HEARTBEAT_TIMEOUTS = { defaultMs: 12_000, economyMs: 60_000 } as const

/**
 * Why a slice ended. `lease`: the leases of `connections` are about to die, or none was found for them. `rejected`: the upstream
 * refused `generation` of `connection`. `wait`: the upstream asked for a pause that belongs into a
 * timer of the flow, or has a trouble that may pass (`failed`). `draining`: the worker is going down. `report`: `reportEveryMs` is over.
 * `turn`: all slots for syncs are taken, so that others may wait for this one.
 * `interrupted`: the flow cancelled the activity; the page that was under way is accepted.
 */
export type SyncSliceResult = {
  readonly checkpoint: SyncCheckpoint
  /** The keeper sends few heartbeats. */
  readonly economy?: true | undefined
} & (
  | { readonly outcome: 'done' }
  | { readonly outcome: 'lease'; readonly connections: readonly string[] }
  | {
      readonly outcome: 'rejected'
      readonly connection: string
      readonly generation: number
      /** Of the token workflow that counted it. */
      readonly firstExecutionRunId?: string | undefined
      readonly status: number
      readonly endpoint: string
      /** Requests that passed with this generation in this activity execution. */
      readonly accepted: number
      /** The last request of any flow that passed on this worker. */
      readonly passed?: Passed | undefined
      /** Nothing was sent: the definition has another kind of authentication than the lease, or `keyId` is missing. */
      readonly outdated?: boolean | undefined
      /** The sealing key that a keeper worker lacks. */
      readonly keyId?: string | undefined
    }
  | {
      readonly outcome: 'wait'
      readonly connection: string
      readonly waitMs: number
      readonly reason: string
      readonly failed?: { readonly code: FailureCode; readonly message: string } | undefined
    }
  | { readonly outcome: 'draining' | 'report' | 'turn' | 'interrupted' }
)

/** Asked before a sync begins, and before a failed one is replayed: nothing is sent to an upstream. */
export interface CheckSyncInput {
  readonly from: SyncEnd
  readonly to: SyncSink
  readonly transform?: string | undefined
  readonly checkpoint?: SyncCheckpoint | undefined
  /** Whose watermark is wanted. */
  readonly incrementalId?: string | undefined
}

export type CheckSyncResult = {
  /** The tokenkeeper search attributes that the namespace has. */
  readonly searchAttributes: readonly string[]
  readonly watermark?: Watermark | undefined
  /** The keeper has destinations for notices, so that parking, failure and recovery of this sync are reported to them. */
  readonly notices?: true | undefined
  /** The keeper sends few heartbeats. */
  readonly economy?: true | undefined
} & (
  | { readonly outcome: 'accepted' }
  /** Connector, endpoint or function unknown, or the checkpoint's definition is another one. */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
)
