import type { BadRecord, OutgoingRecord } from './outgoing-record.js'

export interface WriteOptions {
  /** How often these records were tried before and failed for now. */
  readonly tries: number
  readonly signal: AbortSignal
  /** Resolves when it is stored that a write that must not be repeated is about to leave. */
  readonly sending: () => Promise<void>
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
  write(records: readonly OutgoingRecord[], options: WriteOptions): Promise<BatchOutcome>
  /** The failure of a write whose outcome is unknown. @param why in words of ours */
  ambiguous(why: string): Error
}
