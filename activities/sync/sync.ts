import { Context } from '@temporalio/activity'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import { isFunctionSink, isFurther, type SyncCheckpoint } from '../../src/contract/sync.js'
import type { SyncSliceInput, SyncSliceResult } from '../../src/contract/sync-slice.js'
import type { WorkSpan } from '../../src/contract/tracing.js'
import { ActivityHeartbeat } from '../runtime/activity-heartbeat.js'
import { openClaimed } from '../connection/open-session.js'
import {
  type ResolvedConnection,
  resolveConnection,
  resolveEndpoint,
} from '../connection/resolve-connection.js'
import { noteRefusal } from '../keeper/confirmed-leases.js'
import type { Keeper } from '../keeper/keeper.js'
import { needTransform } from '../keeper/sync-functions.js'
import { badRecordFailure } from './writing/outgoing-record.js'
import { type Watched, watchFlow } from './flow-watch.js'
import { handBack } from './hand-back.js'
import { LeaseFit, movePages } from './move-pages.js'
import { findSink } from './writing/open-sink.js'
import { PageReader } from './reading/page-reader.js'
import type { PageLedger } from './writing/page-ledger.js'
import { createPreparation } from './writing/prepare-records.js'
import { SliceEnd } from './slice-end.js'
import { reportAfterMs, turnMs } from './slice-length.js'
import { SyncTally } from './sync-tally.js'
import { pagesInSpans } from './trace-pages.js'
import { checkDefinition } from './reading/source-fingerprint.js'
import { writePage } from './writing/write-page.js'

export interface SyncOptions {
  /** The worker is going down: a sync hands back its position at the next page. Default: never. */
  readonly isDraining?: (() => boolean) | undefined
  /** All slots for syncs are taken: a sync that has had its turn hands its slot back at the next page. Default: never. */
  readonly isFull?: (() => boolean) | undefined
}

interface WatchedSyncOptions extends SyncOptions {
  readonly watched: Watched
}

/**
 * Moves pages from an endpoint to a sink until the source has no more, a lease is about to die, the
 * upstream asks for a pause, the flow wants it back, or the worker goes down; then hands back its
 * position. A retried attempt goes on where the last heartbeat was.
 * @throws ApplicationFailure with the checkpoint as its second detail
 */
export function createSync(
  keeper: Keeper,
  options: SyncOptions = {},
): FlowActivities['tokenkeeper.sync'] {
  const watched: Watched = { count: 0 }
  return (input) =>
    keeper.tracing.inSpan('tokenkeeper.sync.slice', {}, async (span) => {
      const result = await sync(keeper, { ...options, watched }, input, span)
      const { counters } = result.checkpoint
      span.set({
        'tokenkeeper.outcome': result.outcome,
        'tokenkeeper.pages': counters.pages,
        'tokenkeeper.records': counters.written,
      })
      return keeper.economy ? { ...result, economy: true } : result
    })
}

async function sync(
  keeper: Keeper,
  { isDraining = () => false, isFull = () => false, watched }: WatchedSyncOptions,
  input: SyncSliceInput,
  span: WorkSpan<'tokenkeeper.sync.slice'>,
): Promise<SyncSliceResult> {
  const context = Context.current()
  const { info } = context
  let progress: SyncProgress = resumeAt(input.checkpoint, info.heartbeatDetails)
  const { checkpoint } = progress
  if (progress.done === true) return { outcome: 'done', checkpoint }
  const now = keeper.serverNow()
  const startedAtMs = now()
  const end = new SliceEnd(context)
  const unwatch = watchFlow(context, watched, end)
  const tally = new SyncTally(keeper.measure, input.from, checkpoint)
  let stop = (): void => undefined
  let underWay: PageLedger | undefined
  try {
    const { from, to, transform, watermarkField } = input
    const source = resolveConnection(keeper.connectors, from.connection)
    const endpoint = resolveEndpoint(source, from.endpoint)
    span.set({ 'tokenkeeper.connection': source.name, 'tokenkeeper.endpoint': from.endpoint })
    const tries = info.attempt + (input.failures ?? 0)
    const openSink = findSink(keeper, input, tries, progress.phase === 'sent')
    const definition = checkDefinition(source, endpoint, from.endpoint, checkpoint)
    const change =
      transform === undefined
        ? undefined
        : { name: transform, change: needTransform(keeper.functions, transform) }
    const sinkConnection = isFunctionSink(to)
      ? undefined
      : resolveConnection(keeper.connectors, to.connection)
    const [fromLease, toLease] = await Promise.all([
      takeLease(keeper, source, input.fromLease),
      sinkConnection && takeLease(keeper, sinkConnection, input.toLease),
    ])
    const lacking = [
      fromLease === undefined ? source : undefined,
      toLease === undefined ? sinkConnection : undefined,
    ].filter((one) => one !== undefined)
    if (fromLease === undefined || lacking.length > 0)
      return { outcome: 'lease', connections: lacking.map(({ name }) => name), checkpoint }
    const leases = toLease === undefined ? [fromLease] : [fromLease, toLease]
    const session = await openClaimed(keeper, source, fromLease, end.signal)
    const sink = await openSink(end.signal, toLease)

    const heartbeat = new ActivityHeartbeat<SyncProgress>({
      first: progress,
      acknowledged: !sink.repeatable,
      onCancelled: () => end.cancelled(),
      // A sync that ends within a second needs none.
      startsQuietly: true,
    })
    stop = () => heartbeat.stop()
    const note = (next: SyncProgress): Promise<void> | undefined => {
      progress = next
      return heartbeat.record(next)
    }
    const where = { connection: session.connection, endpoint: from.endpoint }
    const pages = pagesInSpans(keeper.tracing, where, {
      reader: await PageReader.open(session, endpoint, from, checkpoint, endpoint.readAhead),
      write: (ledger, signal) => {
        // A sink whose batches must not be repeated has its position recorded before and after each batch.
        if (sink.repeatable) underWay = ledger
        return writePage({
          sink,
          ledger,
          signal,
          journal: {
            sent: async () => note({ checkpoint: ledger.inside(), phase: 'sent' }),
            settled: async () => note({ checkpoint: ledger.inside() }),
          },
          stopAt:
            input.onBadRecord === 'set-aside'
              ? undefined
              : (record) => badRecordFailure(record, ledger.number, where),
        })
      },
    })
    return await movePages({
      ...pages,
      prepare: createPreparation({
        endpoint,
        where,
        failures: session.failures,
        transform: change,
        watermarkField,
        sinkId: sink.idPath,
        ready: (records, list) => sink.ready?.(records, list),
      }),
      fit: new LeaseFit(
        leases.map((lease) => (lease === fromLease ? session.lease : lease)),
        now(),
      ),
      now,
      start: checkpoint,
      definition,
      end,
      isDraining,
      isTurnOver: () => now() >= startedAtMs + turnMs(keeper.slots) && isFull(),
      reportAtMs: startedAtMs + reportAfterMs(keeper, info, input),
      onAccepted: (accepted, done) => {
        underWay = undefined
        tally.reached(accepted)
        return note({ checkpoint: accepted, done: done ? true : undefined })
      },
      changedPage: () =>
        sink.repeatable
          ? undefined
          : sink.ambiguous('the page changed while a part of it was written'),
    })
  } catch (error) {
    // The progress inside a page is kept: a page that takes longer than a lease lasts would otherwise
    // begin anew in each slice, and never end.
    const position = underWay?.handedBack() ?? progress.checkpoint
    tally.reached(position)
    noteRefusal(keeper.leases, error)
    return handBack(error, {
      source: input.from.connection,
      checkpoint: position,
      interrupted: end.interrupted.aborted,
      failures: isFurther(position, input.checkpoint) ? 0 : (input.failures ?? 0),
    })
  } finally {
    tally.count()
    stop()
    unwatch()
    end.stop()
  }
}

/** A lease that ends sooner is no begin for a slice: another one is asked for. */
const FOUND_FOR_MS = 60_000

/** The lease that the flow hands in where it is live, or one that is found. Undefined: the flow has to ask. */
async function takeLease(
  keeper: Keeper,
  connection: ResolvedConnection,
  given: Lease | undefined,
): Promise<Lease | undefined> {
  // A retried attempt is given the leases of the first attempt, which may have expired by now.
  if (given !== undefined) return isLeaseLive(given, keeper.serverNow()()) ? given : undefined
  const found = await keeper.leases.findLease(connection, {
    atLeastMs: FOUND_FOR_MS,
    awaitsRefresh: true,
  })
  return found.outcome === 'granted' ? found.lease : undefined
}

/** What a heartbeat of a sync carries: counters and a cursor, never a record. */
export interface SyncProgress {
  readonly checkpoint: SyncCheckpoint
  /** The last page was accepted; only the result is missing. */
  readonly done?: boolean | undefined
  /** A batch that must not be repeated may have left. */
  readonly phase?: 'sent' | undefined
}

/** The further one of what the flow gave and what an attempt before this one noted. */
export function resumeAt(given: SyncCheckpoint, heartbeatDetails: unknown): SyncProgress {
  const noted = heartbeatDetails as SyncProgress | undefined | null
  const isFurther =
    noted?.checkpoint !== undefined && noted.checkpoint.counters.pages >= given.counters.pages
  return isFurther ? noted : { checkpoint: given }
}
