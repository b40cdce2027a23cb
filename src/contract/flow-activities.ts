import type { Lease } from './lease.js'
import type { NoticeActivities } from './notice-activities.js'
import type { ProbePageInput, ProbePageResult } from './replay.js'
import type { PreviewSyncResult, ReadPreviewInput } from './sync-preview.js'
import type {
  CheckSyncInput,
  CheckSyncResult,
  SyncSliceInput,
  SyncSliceResult,
} from './sync-slice.js'
import type { MoveWatermarkInput } from './watermark-messages.js'

/** Starts the token workflow of a connection as `pending` where none runs. */
export interface OpenInput {
  readonly connection: string
}
export type OpenResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly code: 'UnknownConnector' | 'InvalidConnection'
      readonly message: string
    }

export interface CallInput {
  readonly connection: string
  readonly endpoint: string
  readonly lease: Lease
  /** Path parameters and query parameters by name; `body` is the body of a write. */
  readonly input: Readonly<Record<string, unknown>>
  readonly idempotencyKey: string
}
/**
 * `lease-expired`: nothing was sent; ask for a new lease. `wait`: the upstream asked for a pause that
 * belongs into a timer of the flow; nothing was applied.
 */
export type CallResult =
  | { readonly outcome: 'done'; readonly result: unknown }
  | { readonly outcome: 'lease-expired' }
  | { readonly outcome: 'wait'; readonly waitMs: number; readonly reason: string }

/** Activities of flows. They run on the keeper worker's task queue, wherever the flow runs. */
export interface FlowActivities extends Omit<NoticeActivities, 'tokenkeeper.notify'> {
  'tokenkeeper.open': (input: OpenInput) => Promise<OpenResult>
  'tokenkeeper.call': (input: CallInput) => Promise<CallResult>
  'tokenkeeper.sync': (input: SyncSliceInput) => Promise<SyncSliceResult>
  'tokenkeeper.check-sync': (input: CheckSyncInput) => Promise<CheckSyncResult>
  'tokenkeeper.move-watermark': (input: MoveWatermarkInput) => Promise<void>
  'tokenkeeper.probe-page': (input: ProbePageInput) => Promise<ProbePageResult>
  /** Reads and prepares the first pages of a sync, writes nothing, and seals what would be written. */
  'tokenkeeper.preview-sync': (input: ReadPreviewInput) => Promise<PreviewSyncResult>
}
