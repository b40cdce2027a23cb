import type { Lease } from './lease.js'
import type { Sealed } from './sealed.js'
import type { IncrementalSync, SetAsideRecord, SyncEnd, SyncSink, Watermark } from './sync.js'

/** The short workflow that shows what a sync would write. */
export const PREVIEW_SYNC_FLOW = 'previewSyncFlow'

/** Pages that a preview reads at most. */
export const MAX_PREVIEW_PAGES = 10

export interface PreviewSyncInput {
  readonly from: SyncEnd
  readonly to: SyncSink
  readonly transform?: string | undefined
  readonly incremental?: IncrementalSync | undefined
  readonly keeperTaskQueue: string
  /** From 1 to {@link MAX_PREVIEW_PAGES}. */
  readonly pages: number
  /** The public key of whoever asks: records do not belong into a history, so that only the asker can open the preview. */
  readonly publicKey: string
}

/** `unknown`: it could not be read now; a sync would wait for that. */
export type PreviewSyncResult =
  /** A {@link SyncPreview} as JSON. */
  | { readonly outcome: 'previewed'; readonly sealed: Sealed }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  | { readonly outcome: 'unknown'; readonly why: string }

/** What the flow asks of the keeper worker, with the leases that the flow has got. */
export interface ReadPreviewInput extends Pick<
  PreviewSyncInput,
  'from' | 'to' | 'transform' | 'pages' | 'publicKey'
> {
  readonly lease: Lease
  /** Absent where the sink is a function. */
  readonly toLease?: Lease | undefined
  /** What an incremental run would begin with. */
  readonly since?: Watermark | undefined
  readonly watermarkField?: string | undefined
}

/** A write that a sync would make: a request, or a call of a function. */
export interface PreviewedWrite {
  readonly records: number
  readonly request?:
    | {
        readonly method: string
        readonly url: string
        /** The headers of the endpoint itself: what authenticates is added when it is sent, and not here. */
        readonly headers: Readonly<Record<string, string>>
      }
    | undefined
  readonly sink?: string | undefined
  /** What goes out, as JSON; absent where there is no room for more. */
  readonly body?: string | undefined
  /** The body is longer than what stands here. */
  readonly isCut?: true | undefined
  /** Why there is no body, or why the sink would refuse these records: never a value of a record. */
  readonly note?: string | undefined
}

/** What a sync would write of its first pages. Nothing was written, and no credential is in it. */
export interface SyncPreview {
  readonly pages: number
  readonly read: number
  /** How many records there are in all, where the source tells. */
  readonly total?: number | undefined
  /** There are more pages than were read. */
  readonly hasMore: boolean
  /** How many records would go to the sink. */
  readonly ready: number
  /** The first of them. */
  readonly writes: readonly PreviewedWrite[]
  /** How many writes there would be for these pages. */
  readonly writesInAll: number
  /** Records that can't go through: a sync stops at them, or sets them aside. */
  readonly bad: readonly SetAsideRecord[]
  readonly since?: Watermark | undefined
  /** The watermark after these pages. */
  readonly watermark?: Watermark | undefined
  readonly warnings: readonly string[]
}
