import type { Lease } from './lease.js'
import type { IncrementalSync, SyncCheckpoint, SyncEnd } from './sync.js'
import type { CheckSyncInput } from './sync-slice.js'

/** The short workflow that says, before anything is started, which syncs can be continued. */
export const CHECK_REPLAY_FLOW = 'checkReplayFlow'

export interface CheckReplaySubject extends Omit<CheckSyncInput, 'incrementalId'> {
  /** The incremental options of the sync: its page is read with the watermark that the sync began with. */
  readonly incremental?: IncrementalSync | undefined
}

export interface CheckReplayInput {
  /** Answered in this order. */
  readonly syncs: readonly CheckReplaySubject[]
  readonly keeperTaskQueue: string
  /** Whether the first page is read for runs without a checkpoint. Default: no. */
  readonly firstPage?: boolean | undefined
}

/**
 * `ready`: it can go on; `note` says what it will wait for first, `warnings` what its result would warn of if
 * the page that was read were the last. `restart`: its checkpoint is of no use any
 * more, a run from the start is. `refused`: it would fail again, from wherever it starts.
 */
export type ReplayVerdict =
  | {
      readonly outcome: 'ready'
      readonly note?: string | undefined
      readonly warnings?: readonly string[] | undefined
    }
  | {
      readonly outcome: 'restart' | 'refused'
      readonly code: string
      readonly message: string
    }

export interface CheckReplayResult {
  readonly verdicts: readonly ReplayVerdict[]
  /** The tokenkeeper search attributes that the namespace has. */
  readonly searchAttributes: readonly string[]
}

/** Reads the page at a checkpoint once, the first one where it has no cursor, and throws it away. */
export interface ProbePageInput {
  readonly from: SyncEnd
  readonly lease: Lease
  readonly checkpoint: SyncCheckpoint
}

/**
 * `dead`: the upstream does not know the cursor any more. `refused`: reading it fails in another way
 * that does not pass by itself. `unknown`: it could not be asked now; a sync waits for that.
 */
export type ProbePageResult =
  | { readonly outcome: 'readable'; readonly warnings?: readonly string[] | undefined }
  | {
      readonly outcome: 'dead' | 'refused'
      readonly code: string
      readonly message: string
    }
  | { readonly outcome: 'unknown'; readonly why: string }
