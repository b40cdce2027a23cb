import type { CountedGeneration, Lease } from './lease.js'
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
  | { readonly outcome: 'opened' }
  | {
      readonly outcome: 'refused'
      readonly code: 'UnknownConnector' | 'InvalidConnection'
      readonly message: string
    }

export interface CallInput {
  readonly connection: string
  readonly endpoint: string
  /** Absent: the activity finds one that the token workflow of the connection grants at once. */
  readonly lease?: Lease | undefined
  /** The newest generation that the flow has heard of. A lease that is found must not be older. */
  readonly known?: CountedGeneration | undefined
  /** How long the token workflow may take to answer when a lease is looked for, in milliseconds. Default 5,000. */
  readonly patienceMs?: number | undefined
  /** Path parameters and query parameters by name; `body` is the body of a write. */
  readonly input: Readonly<Record<string, unknown>>
  readonly idempotencyKey: string
}
/**
 * Why there is no lease that could be used at once; the flow asks for one by signal, and waits where it
 * has to. `why`: in the words of the token workflow. `known`: what the worker has seen and the token
 * workflow seems not to remember; the request has to name it.
 */
export interface LeaseNeeded {
  readonly why?: string | undefined
  readonly known?: CountedGeneration | undefined
}

/**
 * `lease-expired`: nothing was sent, and the lease that was handed in has ended. `lease-needed`: nothing
 * was sent, and none was found. `wait`: the upstream asked for a pause that belongs into a timer of the
 * flow; nothing was applied. `known` of `done`: the generation, where the flow did not name it.
 */
export type CallResult =
  | {
      readonly outcome: 'done'
      readonly result: unknown
      readonly known?: CountedGeneration | undefined
    }
  | { readonly outcome: 'lease-expired' }
  | ({ readonly outcome: 'lease-needed' } & LeaseNeeded)
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
