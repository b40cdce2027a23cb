import type { UpstreamRequest } from '../../connection/upstream-request.js'
import type { BadRecord, OutgoingRecord } from './outgoing-record.js'

/** What a batch is handed over with, made before its turn has come. */
export interface ReadyBatch {
  readonly records: readonly OutgoingRecord[]
  readonly request: UpstreamRequest
}

export interface WriteOptions {
  /** How often these records were tried before and failed for now. */
  readonly tries: number
  readonly signal: AbortSignal
  /** Resolves when it is stored that a write that must not be repeated is about to leave; undefined for any other. */
  readonly sending: () => Promise<void> | undefined
  /** Of these records. */
  readonly ready?: ReadyBatch | undefined
}

/** What became of a batch. */
export interface BatchOutcome {
  readonly accepted: readonly OutgoingRecord[]
  readonly refused?: readonly BadRecord[] | undefined
  /** Failed for now, with why. */
  readonly again?:
    readonly { readonly record: OutgoingRecord; readonly reason: string }[] | undefined
  /** Refused together: the answer does not say which of them is bad. */
  readonly undivided?: {
    readonly records: readonly OutgoingRecord[]
    readonly reason: string
    readonly error: unknown
  }
}

/** Takes records: an endpoint, or a function of the user's own. */
export interface Sink {
  /** Records a batch. */
  readonly size: number
  /** Handing the same records over again does no harm, or is resolved by a look-up. */
  readonly repeatable: boolean
  /** Path of the id in what it takes. */
  readonly idPath?: string | undefined
  /**
   * Makes ready the first batch of a page while the page before it is under way: else the upstream would wait for that.
   * Absent, or undefined: nothing can be.
   * @param list the JSON text of all the records' values, where it is at hand
   */
  ready?(records: readonly OutgoingRecord[], list: string | undefined): ReadyBatch | undefined
  write(records: readonly OutgoingRecord[], options: WriteOptions): Promise<BatchOutcome>
  /** The failure of a write whose outcome is unknown. @param why in words of ours */
  ambiguous(why: string): Error
}
