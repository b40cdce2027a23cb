import { Context } from '@temporalio/activity'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { isLeaseLive } from '../../src/contract/lease.js'
import { isFurther, type SyncSliceInput, type SyncSliceResult } from '../../src/contract/sync.js'
import { startActivityPulse } from '../activity-pulse.js'
import { openClaimed } from '../http/open-session.js'
import { resolveConnection, resolveEndpoint } from '../http/resolve-connection.js'
import type { Keeper } from '../keeper.js'
import { badRecordFailure } from './bad-records.js'
import { handBack } from './hand-back.js'
import { createLeaseFit } from './lease-fit.js'
import { movePages } from './move-pages.js'
import { findSink } from './open-sink.js'
import { createPageReader } from './page-reader.js'
import type { PageLedger } from './page-ledger.js'
import { createPreparation } from './prepare-records.js'
import { createSliceEnd } from './slice-end.js'
import { createSyncTally } from './sync-tally.js'
import { checkDefinition } from './source-fingerprint.js'
import { needTransform } from './sync-functions.js'
import { resumeAt, type SyncProgress } from './sync-progress.js'
import { writePage } from './write-page.js'

export interface SyncOptions {
  /** The worker is going down: a sync hands back its place at the next page. Default: never. */
  readonly isDraining?: (() => boolean) | undefined
}

/**
 * Moves pages from an endpoint to a sink until the source has no more, a lease is about to die, the
 * upstream asks for a pause, the flow wants it back, or the worker goes down; then hands back its
 * place. A retried attempt goes on where the last heartbeat was.
 * @throws ApplicationFailure with the checkpoint as its second detail
 */
export function createSync(
  keeper: Keeper,
  options: SyncOptions = {},
): FlowActivities['tokenkeeper.sync'] {
  return (input) => sync(keeper, options, input)
}

async function sync(
  keeper: Keeper,
  { isDraining = () => false }: SyncOptions,
  input: SyncSliceInput,
): Promise<SyncSliceResult> {
  const context = Context.current()
  const { info } = context
  let progress: SyncProgress = resumeAt(input.checkpoint, info.heartbeatDetails)
  const { checkpoint } = progress
  if (progress.done === true) return { outcome: 'done', checkpoint }
  const now = keeper.serverNow()
  const startedAtMs = now()
  const end = createSliceEnd(context)
  const tally = createSyncTally(keeper.measure, input.from, checkpoint)
  let stop = (): void => undefined
  let underWay: PageLedger | undefined
  try {
    const { from, fromLease, toLease, transform, watermarkField } = input
    const source = resolveConnection(keeper.connectors, from.connection)
    const endpoint = resolveEndpoint(source, from.endpoint)
    const tries = info.attempt + (input.failures ?? 0)
    const openSink = findSink(keeper, input, tries, progress.phase === 'sent')
    const definition = checkDefinition(source, endpoint, from.endpoint, checkpoint)
    const change =
      transform === undefined
        ? undefined
        : { name: transform, change: needTransform(keeper.functions, transform) }
    // A retried attempt comes with its old leases.
    const leases = toLease === undefined ? [fromLease] : [fromLease, toLease]
    const dead = leases.filter((lease) => !isLeaseLive(lease, now()))
    if (dead.length > 0)
      return { outcome: 'lease', connections: dead.map(connectionOf), checkpoint }
    const session = await openClaimed(keeper, source, fromLease, end.signal)
    const sink = await openSink(end.signal)

    const pulse = startActivityPulse<SyncProgress>({
      first: progress,
      acknowledged: !sink.repeatable,
      onCancelled: end.cancelled,
    })
    ;({ stop } = pulse)
    const note = async (next: SyncProgress): Promise<void> => {
      progress = next
      await pulse.record(next)
    }
    const where = { connection: session.connection, endpoint: from.endpoint }
    return await movePages({
      reader: await createPageReader(session, endpoint, from, checkpoint),
      prepare: createPreparation({
        endpoint,
        where,
        failures: session.failures,
        transform: change,
        watermarkField,
        sinkId: sink.idPath,
      }),
      write: (ledger, signal) => {
        // The other kind notes its place before and after each batch.
        if (sink.repeatable) underWay = ledger
        return writePage({
          sink,
          ledger,
          signal,
          journal: {
            sent: () => note({ checkpoint: ledger.inside(), phase: 'sent' }),
            settled: () => note({ checkpoint: ledger.inside() }),
          },
          stopAt:
            input.onBadRecord === 'set-aside'
              ? undefined
              : (record) => badRecordFailure(record, ledger.number, where),
        })
      },
      fit: createLeaseFit(
        leases.map((lease) => (lease === fromLease ? session.lease : lease)),
        now(),
      ),
      now,
      start: checkpoint,
      definition,
      end,
      isDraining,
      reportAtMs: startedAtMs + (input.reportEveryMs ?? Number.POSITIVE_INFINITY),
      onAccepted: (accepted, done) => {
        underWay = undefined
        tally(accepted)
        return note({ checkpoint: accepted, ...(done ? { done } : {}) })
      },
      changedPage: () =>
        sink.repeatable
          ? undefined
          : sink.ambiguous('the page changed while a part of it was written'),
    })
  } catch (error) {
    // Begun anew each time, a page that takes longer than a limit or a lease lasts would never end.
    const place = underWay?.handedBack() ?? progress.checkpoint
    tally(place)
    return handBack(error, {
      source: input.from.connection,
      checkpoint: place,
      interrupted: end.interrupted.aborted,
      failures: isFurther(place, input.checkpoint) ? 0 : (input.failures ?? 0),
    })
  } finally {
    stop()
    end.stop()
  }
}

function connectionOf({ connection }: { readonly connection: string }): string {
  return connection
}
