import { CancelledFailure } from '@temporalio/common'
import { failureCode } from '../../src/contract/failure.js'
import type { SyncCheckpoint } from '../../src/contract/sync.js'
import type { SyncSliceInput, SyncSliceResult } from '../../src/contract/sync-slice.js'
import { runSync, type SyncState } from '../../workflows/sync/run-sync.js'
import type { LeaseSource } from '../../workflows/flow/lease-source.js'
import type { VirtualClock } from './virtual-clock.js'

export interface SimulatedSyncOptions {
  readonly clock: VirtualClock
  readonly flow: string
  readonly lineage: string
  readonly from: LeaseSource
  readonly to: LeaseSource
  readonly checkpoint: SyncCheckpoint
  readonly maxWaitMs?: number | undefined
  readonly cancelled: Promise<void>
  readonly slice: (input: SyncSliceInput, cancelled: Promise<void>) => Promise<SyncSliceResult>
}

export type SyncEnd =
  | { readonly end: 'done' }
  | { readonly end: 'failed'; readonly code: string; readonly checkpoint: SyncCheckpoint }
  | { readonly end: 'cancelled'; readonly checkpoint: SyncCheckpoint }

/** Runs the real engine of `syncFlow` once, from a place to its end. */
export async function runSimulatedSync(options: SimulatedSyncOptions): Promise<SyncEnd> {
  const { clock, from, to, cancelled } = options
  const state: SyncState = { checkpoint: options.checkpoint, waits: [] }
  const stop = { asked: false }
  void cancelled.then(() => {
    stop.asked = true
  })
  const refuse = (): void => {
    if (stop.asked) throw new CancelledFailure('cancelled')
  }
  const task = {
    from: { connection: 'shop/default', endpoint: 'orders.list', input: { flow: options.flow } },
    to: { connection: 'erp/default', endpoint: 'orders.write' },
    lineage: options.lineage,
    leases: options.maxWaitMs === undefined ? {} : { maxWaitMs: options.maxWaitMs },
    state,
  }
  try {
    for (;;) {
      const end = await runSync(task, {
        from,
        to,
        together: (ask) => Promise.all(ask()),
        slice: async (input) => {
          refuse()
          // Through history and back: plain JSON.
          const sent = JSON.parse(JSON.stringify(input)) as SyncSliceInput
          return await options.slice(sent, cancelled)
        },
        sleep: async (ms) => {
          await Promise.race([clock.sleep(ms), cancelled])
          refuse()
        },
        moved: () => undefined,
        maxRefusals: 5,
        isLong: () => false,
      })
      if (end === 'done') return { end: 'done' }
    }
  } catch (error) {
    const { checkpoint } = state
    if (stop.asked) return { end: 'cancelled', checkpoint }
    return { end: 'failed', code: failureCode(error) ?? String(error), checkpoint }
  }
}
