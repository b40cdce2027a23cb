import { failureCode } from '../../src/contract/failure.js'
import type { UpstreamSession } from '../http/upstream-session.js'
import type { BatchRequests } from './batch-request.js'
import { sitOut } from './sit-out.js'

/** Hears what a batch that must not be repeated does, before and after. */
export interface WriteJournal {
  /** Resolves when it is stored that the batch behind the first `accepted` records may have left. */
  readonly sent: (accepted: number) => Promise<void>
  /** So many records of the page are accepted, and none of the others has an open outcome. */
  readonly settled: (accepted: number) => Promise<void>
}

/** Hands records to a sink endpoint, batch by batch. */
export interface SinkWriter {
  readonly repeatable: boolean
  /** @param accepted records at the beginning of the page that the sink has already */
  write(records: readonly unknown[], accepted: number, signal: AbortSignal): Promise<void>
}

export function createSinkWriter(
  session: UpstreamSession,
  batches: BatchRequests,
  journal: WriteJournal,
): SinkWriter {
  const { repeatable, size } = batches
  const handOver = async (
    part: readonly unknown[],
    accepted: number,
    signal: AbortSignal,
  ): Promise<void> => {
    const request = await batches.toRequest(part)
    if (repeatable) {
      await session.send(request, signal)
      return
    }
    await journal.sent(accepted)
    try {
      await session.send(request, signal)
    } catch (error) {
      if (failureCode(error) !== 'AmbiguousWrite')
        await journal.settled(accepted).catch(() => undefined)
      throw error
    }
    await journal.settled(accepted + part.length)
  }
  return {
    repeatable,
    write: async (records, accepted, signal) => {
      for (let start = accepted; start < records.length; start += size) {
        const part = records.slice(start, start + size)
        await sitOut(() => handOver(part, start, signal), signal)
      }
    },
  }
}
