import { CancelledFailure, Context } from '@temporalio/activity'
import { failureDetails } from '../../src/contract/failure.js'
import type { SyncCheckpoint, SyncSliceInput, SyncSliceResult } from '../../src/contract/sync.js'
import type { ActivityDependencies } from '../dependencies.js'
import { resolveConnection, resolveEndpoint } from '../http/resolve-connection.js'
import { isLeaseLive } from '../../src/contract/lease.js'
import { openSession } from '../http/upstream-session.js'
import { LeaseExpired, UpstreamWait } from '../http/upstream-signals.js'
import { createPageReader } from './page-reader.js'
import { movePages } from './move-pages.js'
import { createSinkWriter } from './sink-writer.js'

/** Heartbeats are sent at least this often, so that a dead worker is seen within seconds. */
const HEARTBEAT_MS = 1500

/** What a heartbeat carries: counters and a cursor, never a record. */
interface Progress {
  readonly checkpoint: SyncCheckpoint
  readonly done?: boolean
}

/**
 * Moves pages from one endpoint to another until the source has no more, a lease is about to die, the
 * upstream asks for a pause, or the worker goes down; then hands back its place. A retried attempt
 * goes on where the last heartbeat was.
 */
export async function sync(
  dependencies: ActivityDependencies,
  input: SyncSliceInput,
): Promise<SyncSliceResult> {
  const context = Context.current()
  const place = resume(input, context.info.heartbeatDetails)
  if (place.done === true) return { outcome: 'done', checkpoint: place.checkpoint }
  const dead = [input.fromLease, input.toLease].filter((lease) => !isLeaseLive(lease, Date.now()))
  if (dead.length > 0)
    return {
      outcome: 'lease',
      connections: [...new Set(dead.map((lease) => lease.connection))],
      checkpoint: place.checkpoint,
    }

  let progress: Progress = place
  const report = (): void => {
    context.heartbeat(progress)
  }
  report()
  const pulse = setInterval(report, HEARTBEAT_MS)
  try {
    const from = resolveConnection(dependencies.connectors, input.from.connection)
    const to = resolveConnection(dependencies.connectors, input.to.connection)
    const fromEndpoint = resolveEndpoint(from, input.from.endpoint)
    const toEndpoint = resolveEndpoint(to, input.to.endpoint)
    const { cancellationSignal } = context
    const source = await openSession(dependencies, from, input.fromLease, cancellationSignal)
    const sink = await openSession(dependencies, to, input.toLease, cancellationSignal)
    const result = await movePages({
      reader: createPageReader(source, fromEndpoint, input.from),
      writer: createSinkWriter(sink, toEndpoint, input.to, input.lineage),
      leases: [input.fromLease, input.toLease],
      start: progress.checkpoint,
      signal: cancellationSignal,
      isDraining: dependencies.isDraining,
      onAccepted: (checkpoint, done) => {
        progress = { checkpoint, done }
        report()
      },
    })
    return result
  } catch (error) {
    if (context.cancellationSignal.aborted) throw new CancelledFailure('the sync was cancelled')
    return handBack(error, progress.checkpoint)
  } finally {
    clearInterval(pulse)
  }
}

function resume(input: SyncSliceInput, details: unknown): Progress {
  const last = details as Progress | undefined
  const ahead =
    last !== undefined && last.checkpoint.counters.pages >= input.checkpoint.counters.pages
  return ahead ? last : { checkpoint: input.checkpoint }
}

/** What the flow can mend comes back as a result with the place; everything else is a failure. */
function handBack(error: unknown, checkpoint: SyncCheckpoint): SyncSliceResult {
  if (error instanceof LeaseExpired)
    return { outcome: 'lease', connections: [error.connection], checkpoint }
  if (error instanceof UpstreamWait) {
    const { connection, waitMs, reason } = error
    return { outcome: 'wait', connection, waitMs, reason, checkpoint }
  }
  const details = failureDetails(error)
  if (details?.code !== 'CredentialRejected') throw error
  const { connection = '', endpoint = '', generation = 0, status = 401, accepted = 0 } = details
  return {
    outcome: 'rejected',
    connection,
    endpoint,
    generation,
    status,
    accepted,
    checkpoint,
  }
}
