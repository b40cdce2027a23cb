import { Context } from '@temporalio/activity'
import { isLeaseLive } from '../../src/contract/lease.js'
import { createFailure } from '../../src/contract/failure.js'
import {
  isFunctionSink,
  type SyncSliceInput,
  type SyncSliceResult,
} from '../../src/contract/sync.js'
import { startActivityPulse } from '../activity-pulse.js'
import type { ActivityDependencies } from '../dependencies.js'
import { resolveConnection, resolveEndpoint } from '../http/resolve-connection.js'
import { openSession } from '../http/upstream-session.js'
import { createBatchRequests } from './batch-request.js'
import { handBack } from './hand-back.js'
import { createLeaseFit } from './lease-fit.js'
import { movePages } from './move-pages.js'
import { createPageReader } from './page-reader.js'
import { formatPlace, parsePlace, recordsDigest } from './place.js'
import { createSinkWriter } from './sink-writer.js'
import { checkDefinition } from './source-fingerprint.js'
import { resumeAt, type SyncProgress } from './sync-progress.js'

/**
 * Moves pages from one endpoint to another until the source has no more, a lease is about to die, the
 * upstream asks for a pause, or the worker goes down; then hands back its place. A retried attempt
 * goes on where the last heartbeat was.
 * @throws ApplicationFailure with the checkpoint as its second detail
 */
export async function sync(
  dependencies: ActivityDependencies,
  input: SyncSliceInput,
): Promise<SyncSliceResult> {
  const { info, cancellationSignal: signal } = Context.current()
  let progress: SyncProgress = resumeAt(input.checkpoint, info.heartbeatDetails)
  const { checkpoint } = progress
  if (progress.done === true) return { outcome: 'done', checkpoint }
  let stop = (): void => undefined
  try {
    const { to: sinkEnd, fromLease, toLease } = input
    if (isFunctionSink(sinkEnd) || toLease === undefined)
      throw createFailure('InvalidInput', 'to names no endpoint, or there is no lease for it.')
    const from = resolveConnection(dependencies.connectors, input.from.connection)
    const to = resolveConnection(dependencies.connectors, sinkEnd.connection)
    const fromEndpoint = resolveEndpoint(from, input.from.endpoint)
    const toEndpoint = resolveEndpoint(to, sinkEnd.endpoint)
    const definition = checkDefinition(from, fromEndpoint, input.from.endpoint, checkpoint)
    // A retried attempt comes with its old leases.
    const leases = [fromLease, toLease]
    const dead = leases.filter((lease) => !isLeaseLive(lease, Date.now()))
    if (dead.length > 0 && progress.phase !== 'sent')
      return { outcome: 'lease', connections: dead.map(connectionOf), checkpoint }
    const source = await openSession(dependencies, from, fromLease, signal)
    const sink = await openSession(dependencies, to, toLease, signal)
    const batches = createBatchRequests(sink, toEndpoint, sinkEnd, input.lineage)
    if (!batches.repeatable && progress.phase === 'sent')
      throw sink.failures.ambiguous(
        sinkEnd.endpoint,
        'an attempt before this one ended while it was under way',
      )

    const pulse = startActivityPulse<SyncProgress>({
      first: progress,
      acknowledged: !batches.repeatable,
    })
    ;({ stop } = pulse)
    const note = async (next: SyncProgress): Promise<void> => {
      progress = next
      await pulse.record(next)
    }
    let records: readonly unknown[] = []
    const inside = (count: number): SyncProgress['checkpoint'] => {
      const { page } = parsePlace(progress.checkpoint.cursor)
      const accepted = { count, digest: recordsDigest(records.slice(0, count)) }
      const cursor = formatPlace({
        ...(page === undefined ? {} : { page }),
        ...(count === 0 ? {} : { accepted }),
      })
      const { cursor: _before, ...rest } = progress.checkpoint
      return cursor === undefined ? rest : { ...rest, cursor, definition }
    }
    return await movePages({
      reader: await createPageReader(source, fromEndpoint, input.from, checkpoint),
      writer: createSinkWriter(sink, batches, {
        sent: (count) => note({ checkpoint: inside(count), phase: 'sent' }),
        settled: (count) => note({ checkpoint: inside(count) }),
      }),
      fit: createLeaseFit(leases, Date.now()),
      start: checkpoint,
      definition,
      signal,
      isDraining: dependencies.isDraining,
      onPage: (page) => {
        records = page
      },
      onAccepted: (accepted, done) => note({ checkpoint: accepted, ...(done ? { done } : {}) }),
      changedPage: () =>
        sink.failures.ambiguous(
          sinkEnd.endpoint,
          'the page changed while a part of it was written',
        ),
    })
  } catch (error) {
    return handBack(error, progress.checkpoint)
  } finally {
    stop()
  }
}

function connectionOf({ connection }: { readonly connection: string }): string {
  return connection
}
