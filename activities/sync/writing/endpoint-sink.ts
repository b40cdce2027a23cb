import type { Endpoint } from '../../../src/connectors/connector.js'
import { type BackOff, exponentialBackOffMs } from '../../../src/contract/back-off.js'
import { createFailure, failureCode, failureDetails } from '../../../src/contract/failure.js'
import type { SyncEndpointSink } from '../../../src/contract/sync.js'
import type { ResultsRule } from '../../../src/connectors/writing.js'
import { whenUnknown } from '../../call/call-request.js'
import { readJson } from '../../connection/read-json.js'
import type { UpstreamAnswer } from '../../connection/upstream-request.js'
import type { UpstreamSession } from '../../connection/upstream-session.js'
import { pause } from '../../runtime/waits.js'
import { type OutgoingRecord, recordKey } from './outgoing-record.js'
import { type BatchRequests, createBatchRequests } from './batch-request.js'
import { readBatchResults } from './batch-results.js'
import { LookUp } from './look-up.js'
import type { BatchOutcome, ReadyBatch, Sink, WriteOptions } from './sink.js'
import type { RecordId } from '../../keeper/sync-functions.js'

/** How often a 409 is asked again in one slice, and how long after the first one. */
const PATIENCE = 5
const CONFLICT_PAUSES: BackOff = { firstMs: 400, longestMs: 6400 }

/** The statuses with which an API refuses what is in a body, not who sends it. */
const REFUSES_RECORDS = new Set<number | undefined>([400, 409, 413, 422])

/** A sink that is an endpoint of a connection. */
export class EndpointSink implements Sink {
  readonly size: number
  readonly repeatable: boolean
  readonly idPath: string | undefined
  readonly #session: UpstreamSession
  readonly #endpoint: Endpoint
  readonly #name: string
  readonly #batches: BatchRequests
  readonly #lookUp: LookUp | undefined
  #conflicts = 0

  private constructor(
    session: UpstreamSession,
    endpoint: Endpoint,
    name: string,
    batches: BatchRequests,
    lineage: string,
  ) {
    const { idempotency, lookup } = endpoint
    this.#session = session
    this.#endpoint = endpoint
    this.#name = name
    this.#batches = batches
    this.#lookUp = lookup && new LookUp(session, lookup, name, lineage)
    this.size = batches.size
    this.repeatable = whenUnknown(endpoint) !== 'fail'
    this.idPath = idempotency?.id ?? lookup?.key
  }

  /** @throws ApplicationFailure `InvalidInput`, `UnknownEndpoint` */
  static async open(
    session: UpstreamSession,
    endpoint: Endpoint,
    to: SyncEndpointSink,
    lineage: string,
  ): Promise<EndpointSink> {
    const batches = await createBatchRequests(session, endpoint, to, lineage)
    return new EndpointSink(session, endpoint, to.endpoint, batches, lineage)
  }

  ambiguous(why: string): Error {
    return this.#session.failures.ambiguous(this.#name, why)
  }

  ready(records: readonly OutgoingRecord[], list: string | undefined): ReadyBatch | undefined {
    // What is there already is not sent.
    if (this.#lookUp !== undefined || records.length === 0) return undefined
    const first = records.length <= this.size ? records : records.slice(0, this.size)
    const values = first.map(({ value }) => value)
    try {
      const request = this.#batches.readyRequest(values, 0, first === records ? list : undefined)
      return request && { records: first, request }
    } catch {
      // A record without an id: that is told in its turn.
      return undefined
    }
  }

  write(records: readonly OutgoingRecord[], options: WriteOptions): Promise<BatchOutcome> {
    return this.#lookUp === undefined
      ? this.#writeNew(records, options)
      : this.#writeMissing(this.#lookUp, records, options)
  }

  async #writeMissing(
    lookUp: LookUp,
    records: readonly OutgoingRecord[],
    options: WriteOptions,
  ): Promise<BatchOutcome> {
    const looked = await lookAll(lookUp, records, options.signal, this.#who)
    const outcome = await this.#writeNew(looked.missing, options)
    return {
      ...outcome,
      accepted: [...looked.there, ...outcome.accepted],
      refused: [...looked.refused, ...(outcome.refused ?? [])],
    }
  }

  get #who(): string {
    return `${this.#session.connection} ${this.#name}`
  }

  async #writeNew(
    records: readonly OutgoingRecord[],
    options: WriteOptions,
  ): Promise<BatchOutcome> {
    if (records.length === 0) return { accepted: [] }
    try {
      const answer = await this.#send(records, options)
      if (this.#endpoint.results === undefined) return { accepted: records }
      return await this.#judge(answer, records, this.#endpoint.results)
    } catch (error) {
      const reason = refusal(error, this.#who)
      if (reason === undefined) throw error
      return { accepted: [], undivided: { records, reason, error } }
    }
  }

  async #send(
    records: readonly OutgoingRecord[],
    { tries, signal, sending, ready }: WriteOptions,
  ): Promise<UpstreamAnswer> {
    const request = ready?.request ?? (await this.#toRequest(records, tries))
    // Not noted as under way while it waits for its turn: a worker that dies then has sent nothing.
    if (!request.repeatable) await this.#session.takeTurn(signal)
    const noted = sending()
    if (noted !== undefined) await noted
    for (;;) {
      try {
        return await this.#session.send(request, signal)
      } catch (error) {
        if (!this.#mayBeUnderWay(error)) throw error
        this.#conflicts += 1
        await pause(exponentialBackOffMs(CONFLICT_PAUSES, this.#conflicts), signal)
      }
    }
  }

  #toRequest(records: readonly OutgoingRecord[], tries: number) {
    const values = records.map(({ value }) => value)
    return this.#batches.readyRequest(values, tries) ?? this.#batches.toRequest(values, tries)
  }

  /**
   * A request with this key may still be under way there, from an attempt that was cut off: taken for a
   * refusal, its records would be written again under other keys.
   * @throws ApplicationFailure `UpstreamUnavailable` where an unknown outcome is looked up
   */
  #mayBeUnderWay(error: unknown): boolean {
    if (whenUnknown(this.#endpoint) === 'lookup' && failureCode(error) === 'AmbiguousWrite')
      throw createFailure(
        'UpstreamUnavailable',
        `${this.#who}: the outcome of this write is unknown. What is there is looked up, and the rest tried again, by itself.`,
        { connection: this.#session.connection, endpoint: this.#name },
      )
    const isConflict = failureDetails(error)?.status === 409
    return isConflict && this.#endpoint.idempotency !== undefined && this.#conflicts < PATIENCE
  }

  async #judge(
    answer: UpstreamAnswer,
    records: readonly OutgoingRecord[],
    results: ResultsRule,
  ): Promise<BatchOutcome> {
    const { connection, failures } = this.#session
    const body = await readJson(this.#endpoint, this.#name, answer, failures)
    const where = { connection, endpoint: this.#name }
    const keyOf = ({ value }: OutgoingRecord): RecordId =>
      recordKey(value, this.idPath ?? '', 'idempotency.id', where)
    const read = readBatchResults(body, records, results, keyOf, this.#who)
    if ('problem' in read) throw failures.invalid(this.#name, read.problem)
    return read
  }
}

/** One after the other: an API that has no idempotency keys seldom has a generous limit. */
async function lookAll(
  lookUp: LookUp,
  records: readonly OutgoingRecord[],
  signal: AbortSignal,
  who: string,
) {
  const there: OutgoingRecord[] = []
  const missing: OutgoingRecord[] = []
  const refused: (OutgoingRecord & { readonly reason: string })[] = []
  for (const record of records) {
    const seen = await lookUp.find(record, signal)
    if (seen === undefined) {
      missing.push(record)
      continue
    }
    try {
      await lookUp.update(record, seen.found, signal)
      there.push(record)
    } catch (error) {
      const reason = refusal(error, who)
      if (reason === undefined) throw error
      refused.push({ ...record, reason })
    }
  }
  return { there, missing, refused }
}

/** Why an API, or the schema of its endpoint, does not take what is in a request. */
function refusal(error: unknown, who: string): string | undefined {
  const code = failureCode(error)
  const status = failureDetails(error)?.status
  if (code === 'UpstreamRejected' && REFUSES_RECORDS.has(status))
    return `${who} answers HTTP ${status} to it`
  // Made of the record, and not sent: the message names paths only.
  if (code === 'InvalidInput' && error instanceof Error) return error.message.replace(/\.$/, '')
  return undefined
}
