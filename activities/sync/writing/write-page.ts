import { type BackOff, exponentialBackOffMs } from '../../../src/contract/back-off.js'
import { failureCode } from '../../../src/contract/failure.js'
import type { FailureCode } from '../../../src/contract/failures.js'
import { pause } from '../../runtime/waits.js'
import type { BadRecord, OutgoingRecord } from './outgoing-record.js'
import type { PageLedger } from './page-ledger.js'
import type { BatchOutcome, ReadyBatch, Sink } from './sink.js'
import { sitOut } from '../../runtime/upstream-wait.js'

const MAX_TRIES = 5
/** Between the tries of a batch. */
const BATCH_PAUSES: BackOff = { firstMs: 200, longestMs: 6400 }

/** After these failures nobody knows whether the upstream has applied a write that was sent. */
const UNKNOWN_OUTCOMES: ReadonlySet<FailureCode | undefined> = new Set<FailureCode>([
  'AmbiguousWrite',
  'AnswerInvalid',
  'AnswerUnreadable',
  'AnswerTooLarge',
])

/** Records what happens to a batch that must not be repeated, before it is sent and after it. */
export interface WriteJournal {
  /** Resolves when it is stored that a batch of the page may have left. */
  readonly sent: () => Promise<void>
  /** Nothing of the page has an open outcome; the ledger knows the position. The end of the page says so by itself. */
  readonly settled: () => Promise<void>
}

export interface WritePageOptions {
  readonly sink: Sink
  readonly ledger: PageLedger
  readonly journal: WriteJournal
  readonly signal: AbortSignal
  /** A record that can't go through: undefined where it is set aside, else what the sync fails with. */
  readonly stopAt: ((record: BadRecord) => Error) | undefined
}

interface Part {
  readonly records: readonly OutgoingRecord[]
  readonly tries: number
  readonly ready?: ReadyBatch | undefined
}

/** What was made ready, where it is of these records: each batch is a run of the page's records, in order. */
function readyOf(
  records: readonly OutgoingRecord[],
  ready: ReadyBatch | undefined,
): ReadyBatch | undefined {
  const same =
    ready?.records.length === records.length &&
    ready.records[0] === records[0] &&
    ready.records.at(-1) === records.at(-1)
  return same ? ready : undefined
}

/**
 * Writes the open records of a page, batch by batch. A batch that is refused as a whole is halved
 * until the bad records are found, where they are set aside; what failed for now is sent again, and
 * nothing else.
 */
export async function writePage(options: WritePageOptions): Promise<void> {
  const { sink, ledger, stopAt } = options
  for (const record of ledger.bad()) leaveOut(record)
  ledger.batchDone()
  const open = ledger.open()
  for (let start = 0; start < open.length; start += sink.size) {
    const records = open.length <= sink.size ? open : open.slice(start, start + sink.size)
    const parts: Part[] = [{ records, tries: 0, ready: readyOf(records, ledger.ready) }]
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const isLast = start + sink.size >= open.length && parts.length === 0
      const outcome = await handOver(options, part, isLast)
      if (outcome.accepted.length < part.records.length)
        parts.unshift(...(await after(part, outcome)))
    }
    ledger.batchDone()
  }

  function leaveOut(record: BadRecord): void {
    if (stopAt !== undefined) throw stopAt(record)
    ledger.setAside(record)
  }

  /** What is still to be written of a part. */
  async function after({ tries }: Part, outcome: BatchOutcome): Promise<readonly Part[]> {
    const { refused = [], again = [], undivided } = outcome
    const worn = tries + 1 < MAX_TRIES ? [] : again
    for (const record of refused) leaveOut(record)
    for (const { record, reason } of worn)
      leaveOut({ ...record, reason: `${reason}, ${MAX_TRIES} times in a row` })
    const parts = undivided === undefined ? [] : divide(undivided, tries)
    if (again.length === 0 || worn.length > 0) return parts
    await pause(exponentialBackOffMs(BATCH_PAUSES, tries + 1), options.signal)
    return [{ records: again.map(({ record }) => record), tries: tries + 1 }, ...parts]
  }

  function divide(
    { records, reason, error }: NonNullable<BatchOutcome['undivided']>,
    tries: number,
  ): Part[] {
    const [first, ...others] = records
    if (first === undefined) return []
    if (others.length === 0) {
      leaveOut({ ...first, reason })
      return []
    }
    if (stopAt !== undefined) throw error
    const half = records.length >> 1
    return [records.slice(0, half), records.slice(half)].map((part) => ({ records: part, tries }))
  }
}

/** Hands one part over, again where the sink asks for a short wait, and notes what was accepted of it. */
async function handOver(
  { sink, ledger, journal, signal }: WritePageOptions,
  { records, tries, ready }: Part,
  isLast: boolean,
): Promise<BatchOutcome> {
  for (let times = 1; ; times += 1) {
    const noted = { left: false }
    const sending = (): Promise<void> | undefined => {
      if (sink.repeatable) return undefined
      noted.left = true
      return journal.sent()
    }
    let outcome: BatchOutcome
    try {
      // The same bytes each time: an upstream may compare what comes under one idempotency key.
      outcome = await sink.write(records, { tries, signal, sending, ready })
    } catch (error) {
      if (noted.left && !UNKNOWN_OUTCOMES.has(failureCode(error)))
        await journal.settled().catch(() => undefined)
      await sitOut(error, times, signal)
      continue
    }
    ledger.accept(outcome.accepted)
    const isPageDone = isLast && outcome.accepted.length === records.length
    if (noted.left && !isPageDone) await journal.settled()
    return outcome
  }
}
