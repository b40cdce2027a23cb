import { incrementalSource } from '../../src/contract/watermark.js'
import type { Lease } from '../../src/contract/lease.js'
import {
  type IncrementalSync,
  isFurther,
  type SyncCheckpoint,
  type SyncEnd,
  type SyncSink,
  type SyncWait,
} from '../../src/contract/sync.js'
import type { SyncSliceInput, SyncSliceResult } from '../../src/contract/sync-slice.js'
import type { LeaseOptions, LeaseSource } from '../flow/lease-source.js'
import { nextAfterRejection, refusedThoughOthersPass } from '../flow/rejections.js'
import { addWait } from './sync-waits.js'

/** What is to be moved; connections are written in full. */
export interface SyncTask {
  readonly from: SyncEnd
  readonly to: SyncSink
  readonly lineage: string
  readonly incremental?: IncrementalSync | undefined
  readonly leases: LeaseOptions
  /** Passed on to each slice as they are. */
  readonly slice?:
    | Pick<SyncSliceInput, 'transform' | 'onBadRecord' | 'watermarkField' | 'reportEveryMs'>
    | undefined
  /** Changes as the sync goes on: whoever holds it knows the checkpoint even when the engine throws. */
  readonly state: SyncState
}

export interface SyncState {
  checkpoint: SyncCheckpoint
  waits: readonly SyncWait[]
}

/** A pause that an upstream asked for. */
export interface UpstreamPause {
  readonly connection: string
  readonly reason: string
  /** What went wrong, where something did. */
  readonly message?: string | undefined
}

/** The world of the engine: Temporal's in `syncFlow`, a simulated one in tests. */
export interface SyncEnvironment {
  readonly from: LeaseSource
  /** None where the sink is a function. */
  readonly to?: LeaseSource | undefined
  /** Waits for all of them; where one fails, the others are waited for no longer. */
  together(ask: () => readonly Promise<Lease>[]): Promise<readonly Lease[]>
  /** Moves pages until the slice ends, as `tokenkeeper.sync` does. */
  slice(input: SyncSliceInput): Promise<SyncSliceResult>
  /** A durable timer that nothing shortens. */
  sleep(ms: number, pause: UpstreamPause): Promise<void>
  /** Is called when the checkpoint has moved, or a wait is over. */
  moved(state: SyncState): void
  /** How many generations in a row may be refused before it stops, where some of their requests pass and yet it is where it was. */
  readonly maxRefusals: number
  /** The history of this run has grown long: the next run goes on. */
  isLong(): boolean
}

const MAX_DEAD_LEASES = 5
const DEAD_LEASE_WAIT_MS = 10_000

/** A lease that no worker can use would be asked for again without end. */
function deadLease([connection = '']: readonly string[]): UpstreamPause {
  const message = `${connection}: ${MAX_DEAD_LEASES} leases in a row had ended before a batch was written. Look at the clock of the keeper worker, and whether a page takes longer than a token lives. It is tried again by itself.`
  return { connection, reason: 'leases that had ended', message }
}

/**
 * Moves everything, slice by slice: asks for leases where a slice finds none, renews them, sits out what
 * an upstream asks for.
 * `long`: the next run is to go on at the state's checkpoint. Imports nothing of Temporal's sandbox.
 * @throws what the environment throws, and `FreshTokenRejected`; the checkpoint is in `task.state`
 */
export async function runSync(
  task: SyncTask,
  environment: SyncEnvironment,
): Promise<'done' | 'long'> {
  const { from, to } = environment
  const { state, leases: waits } = task
  const { lineage } = task
  /** How often in a row each connection refused the sync while other requests of it passed, with nothing moved since. */
  const refused = new Map<string, number>()
  /** Troubles in a row, with nothing accepted since. */
  let failures = 0
  /** Slices in a row that found their lease dead, with nothing accepted since. */
  let deadLeases = 0

  for (;;) {
    const [fromLease, toLease] = [from.held(), to?.held()]
    const slice = await environment.slice({
      from: incrementalSource(task.from, task.incremental, state.checkpoint.since),
      to: task.to,
      fromLease,
      toLease,
      lineage,
      checkpoint: state.checkpoint,
      ...task.slice,
      failures: failures === 0 ? undefined : failures,
    })
    if (isFurther(slice.checkpoint, state.checkpoint)) {
      refused.clear()
      failures = 0
      deadLeases = 0
    }
    if (slice.outcome === 'wait' && slice.failed !== undefined) failures += 1
    const { since } = state.checkpoint
    state.checkpoint = { since, ...slice.checkpoint }
    environment.moved(state)
    if (slice.outcome === 'done') return 'done'
    await follow(slice)
    if (environment.isLong()) return 'long'
  }

  async function follow(slice: Exclude<SyncSliceResult, { outcome: 'done' }>): Promise<void> {
    switch (slice.outcome) {
      case 'lease':
        deadLeases += 1
        if (deadLeases > MAX_DEAD_LEASES)
          await environment.sleep(DEAD_LEASE_WAIT_MS, deadLease(slice.connections))
        await environment.together(() => slice.connections.map((name) => renew(sourceOf(name))))
        return
      case 'rejected': {
        const { connection, accepted, outdated } = slice
        // A look-up or the first batch passes each time, and yet the sync is where it was.
        const times = accepted > 0 && outdated !== true ? (refused.get(connection) ?? 0) + 1 : 0
        refused.set(connection, times)
        if (times > environment.maxRefusals) throw refusedThoughOthersPass(slice)
        await nextAfterRejection(sourceOf(connection), slice, waits)
        return
      }
      case 'wait': {
        const { connection, reason, waitMs, failed } = slice
        await environment.sleep(waitMs, { connection, reason, message: failed?.message })
        state.waits = addWait(state.waits, { connection, why: reason, ms: waitMs })
        environment.moved(state)
        return
      }
      case 'draining':
      case 'report':
      case 'turn':
      case 'interrupted':
        return
    }
  }

  function sourceOf(connection: string): LeaseSource {
    return to?.connection === connection ? to : from
  }

  /** Lets go of a lease that is too short for another page, and asks for the next one. */
  async function renew(source: LeaseSource): Promise<Lease> {
    const held = source.held()
    if (held !== undefined) source.drop(held)
    return await source.lease(waits)
  }
}
