import { CancelledFailure } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { createFailure, failureCode } from '../../../src/contract/failure.js'
import type { SyncFunctionSink } from '../../../src/contract/sync.js'
import { untilAborted } from '../../runtime/waits.js'
import { batchKey, type OutgoingRecord } from './outgoing-record.js'
import type { BatchOutcome, Sink } from './sink.js'
import type { SinkFunction } from '../../keeper/sync-functions.js'

const DEFAULT_SIZE = 100
const MAX_SIZE = 10_000

export interface FunctionSinkOptions {
  readonly to: SyncFunctionSink
  readonly run: SinkFunction
  readonly lineage: string
  /** The attempt of the activity. */
  readonly attempt: number
  /** The source, for messages. */
  readonly connection: string
}

/** Records a call. @throws ApplicationFailure `InvalidInput` */
export function functionBatchSize({ batchSize: size = DEFAULT_SIZE }: SyncFunctionSink): number {
  if (Number.isInteger(size) && size >= 1 && size <= MAX_SIZE) return size
  throw createFailure('InvalidInput', `to.batchSize must be a whole number from 1 to ${MAX_SIZE}.`)
}

type Refused = Exclude<BatchOutcome['refused'], undefined>

/**
 * A sink that is a function of the worker's own.
 * @throws ApplicationFailure `InvalidInput`
 */
export function createFunctionSink(options: FunctionSinkOptions): Sink {
  const { to, run, lineage, attempt, connection } = options
  const size = functionBatchSize(to)
  const fail = (what: string, count: number, retryable = true): ApplicationFailure => {
    const again = retryable
      ? 'It is called again with the same batch, by itself.'
      : 'It says that a repeat is of no use: mend it, then replay the sync.'
    const failure = createFailure(
      'SinkFailed',
      `The sink '${to.sink}' ${what} at a batch of ${count} records from ${connection}. ${again}`,
      { connection },
    )
    if (retryable) return failure
    const { message, details } = failure
    return new ApplicationFailure(message, 'SinkFailed', true, details)
  }

  return {
    size,
    repeatable: true,
    ambiguous: (why) =>
      createFailure(
        'AmbiguousWrite',
        `The sink '${to.sink}': ${why}. Look at what it has, then decide.`,
        { connection },
      ),
    write: async (records, { tries, signal }) => {
      const ids = records.map(({ id }) => id)
      const values = records.map(({ value }) => value)
      const names = ids.every((id) => id !== undefined) ? ids : values
      const key = batchKey(lineage, names, tries)
      // As a function of the user's own, it may throw before it has promised anything.
      const call = async (): Promise<{ readonly answer: unknown }> => ({
        answer: await run(values, { lineage, key, ids, attempt, signal }),
      })
      let done: { readonly answer: unknown } | undefined
      try {
        done = await untilAborted(call(), signal)
      } catch (error) {
        if (signal.aborted) throw new CancelledFailure('cancelled')
        const code = failureCode(error)
        const final = error instanceof ApplicationFailure && error.nonRetryable === true
        throw fail(`threw${code === undefined ? '' : ` (${code})`}`, records.length, !final)
      }
      if (done === undefined) throw new CancelledFailure('cancelled')
      const refused = readRefused(done.answer, records, to.sink)
      if (refused === undefined)
        throw fail('answers neither nothing nor { refused: [{ index, reason }] }', records.length)
      const bad = new Set(refused.map(({ at }) => at))
      return { accepted: records.filter(({ at }) => !bad.has(at)), refused }
    },
  }
}

function readRefused(
  answer: unknown,
  records: readonly OutgoingRecord[],
  sink: string,
): Refused | undefined {
  if (answer === undefined || answer === null) return []
  const { refused } = answer as { readonly refused?: unknown }
  if (!Array.isArray(refused)) return undefined
  const bad = new Map<number, Refused[number]>()
  for (const one of refused as readonly unknown[]) {
    const { index, reason } = (one ?? {}) as { readonly index?: unknown; readonly reason?: unknown }
    const record = typeof index === 'number' ? records[index] : undefined
    if (record === undefined || typeof reason !== 'string') return undefined
    bad.set(record.at, { ...record, reason: `the sink '${sink}' refuses it: ${reason}` })
  }
  return [...bad.values()]
}
