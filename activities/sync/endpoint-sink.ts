import type { Endpoint } from '../../src/connectors/connector.js'
import { type BackOff, exponentialBackOffMs } from '../../src/contract/back-off.js'
import { createFailure, failureCode, failureDetails } from '../../src/contract/failure.js'
import type { SyncEndpointSink } from '../../src/contract/sync.js'
import { whenUnknown } from '../call/call-request.js'
import { readJson } from '../http/read-json.js'
import type { UpstreamAnswer } from '../http/upstream-request.js'
import type { UpstreamSession } from '../http/upstream-session.js'
import { pause } from '../pause.js'
import { recordKey } from './batch-key.js'
import { createBatchRequests } from './batch-request.js'
import { readBatchResults } from './batch-results.js'
import { createLookUp, type LookUp } from './look-up.js'
import type { OutgoingRecord, RecordId } from './outgoing-record.js'
import type { BatchOutcome, Sink, WriteOptions } from './sink.js'

/** How often a 409 is asked again in one slice, and how long after the first one. */
const PATIENCE = 5
const PAUSES: BackOff = { firstMs: 400, longestMs: 6400 }

/** The statuses with which an API refuses what is in a body, not who sends it. */
const REFUSES_RECORDS = new Set<number | undefined>([400, 409, 413, 422])

/**
 * A sink that is an endpoint of a connection.
 * @throws ApplicationFailure `InvalidInput`, `UnknownEndpoint`
 */
export async function createEndpointSink(
  session: UpstreamSession,
  endpoint: Endpoint,
  to: SyncEndpointSink,
  lineage: string,
): Promise<Sink> {
  const { connection, failures } = session
  const { idempotency, lookup, results } = endpoint
  const unknown = whenUnknown(endpoint)
  const batches = await createBatchRequests(session, endpoint, to, lineage)
  const lookUp =
    lookup === undefined ? undefined : createLookUp(session, lookup, to.endpoint, lineage)
  const who = `${connection} ${to.endpoint}`
  const idPath = idempotency?.id ?? lookup?.key
  let conflicts = 0

  const send = async (
    records: readonly OutgoingRecord[],
    { tries, signal, sending }: WriteOptions,
  ): Promise<UpstreamAnswer> => {
    const request = await batches.toRequest(
      records.map(({ value }) => value),
      tries,
    )
    // Not noted as under way while it waits for its turn: a worker that dies then has sent nothing.
    if (!request.repeatable) await session.takeTurn(signal)
    await sending()
    for (;;) {
      try {
        return await session.send(request, signal)
      } catch (error) {
        if (unknown === 'lookup' && failureCode(error) === 'AmbiguousWrite')
          throw createFailure(
            'UpstreamUnavailable',
            `${who}: the outcome of this write is unknown. What is there is looked up, and the rest tried again, by itself.`,
            { connection, endpoint: to.endpoint },
          )
        // A request with this key may still be under way there, from an attempt that was cut off:
        // taken for a refusal, its records would be written again under other keys.
        const mayBeUnderWay = idempotency !== undefined && failureDetails(error)?.status === 409
        if (!mayBeUnderWay || conflicts >= PATIENCE) throw error
        conflicts += 1
        await pause(exponentialBackOffMs(PAUSES, conflicts), signal)
      }
    }
  }

  const judge = async (
    answer: UpstreamAnswer,
    records: readonly OutgoingRecord[],
  ): Promise<BatchOutcome> => {
    if (results === undefined) return { accepted: records }
    const body = await readJson(endpoint, to.endpoint, answer, failures)
    const where = { connection, endpoint: to.endpoint }
    const keyOf = ({ value }: OutgoingRecord): RecordId =>
      recordKey(value, idPath ?? '', 'idempotency.id', where)
    const read = readBatchResults(body, records, results, keyOf, who)
    if ('problem' in read) throw failures.invalid(to.endpoint, read.problem)
    return read
  }

  const writeNew = async (
    records: readonly OutgoingRecord[],
    options: WriteOptions,
  ): Promise<BatchOutcome> => {
    if (records.length === 0) return { accepted: [] }
    try {
      return await judge(await send(records, options), records)
    } catch (error) {
      const reason = refusal(error, who)
      if (reason === undefined) throw error
      return { accepted: [], undivided: { records, reason, error } }
    }
  }

  return {
    size: batches.size,
    repeatable: unknown !== 'fail',
    idPath,
    ambiguous: (why) => failures.ambiguous(to.endpoint, why),
    write: async (records, options) => {
      if (lookUp === undefined) return await writeNew(records, options)
      const looked = await lookAll(lookUp, records, options.signal, who)
      const outcome = await writeNew(looked.missing, options)
      return {
        ...outcome,
        accepted: [...looked.there, ...outcome.accepted],
        refused: [...looked.refused, ...(outcome.refused ?? [])],
      }
    },
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
    return `${who} answers HTTP ${String(status)} to it`
  // Made of the record, and not sent: the message names paths only.
  if (code === 'InvalidInput' && error instanceof Error) return error.message.replace(/\.$/, '')
  return undefined
}
