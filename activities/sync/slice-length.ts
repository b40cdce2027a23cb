import type { Info } from '@temporalio/activity'
import { SLICE_HEARTBEAT_TIMEOUTS, type SyncSliceInput } from '../../src/contract/sync-slice.js'
import type { Keeper, KeeperSlots } from '../keeper/keeper.js'

/**
 * So long a slice may go on where others may wait. A slice costs as much as many pages of a quick upstream, most of it at
 * the server: so the more slots, the longer the turns, and ten slices a second at most.
 */
const TURN = { leastMs: 3000, perSlotMs: 100, mostMs: 60_000 }

export function turnMs({ syncs }: Pick<KeeperSlots, 'syncs'>): number {
  return Math.min(Math.max(TURN.leastMs, syncs * TURN.perSlotMs), TURN.mostMs)
}

/** The first slice of a sync begins before its flow knows that its keeper sends few heartbeats. */
const UNTOLD_ECONOMY_MS = 5000

/** Milliseconds after which a slice hands its position back to the flow. */
export function reportAfterMs(
  { economy }: Pick<Keeper, 'economy'>,
  { heartbeatTimeoutMs = Number.POSITIVE_INFINITY }: Pick<Info, 'heartbeatTimeoutMs'>,
  { reportEveryMs = Number.POSITIVE_INFINITY }: Pick<SyncSliceInput, 'reportEveryMs'>,
): number {
  const isUntold = economy && heartbeatTimeoutMs < SLICE_HEARTBEAT_TIMEOUTS.economyMs
  return isUntold ? Math.min(UNTOLD_ECONOMY_MS, reportEveryMs) : reportEveryMs
}
