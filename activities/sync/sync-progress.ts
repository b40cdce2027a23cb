import type { SyncCheckpoint } from '../../src/contract/sync.js'

/** What a heartbeat of a sync carries: counters and a cursor, never a record. */
export interface SyncProgress {
  readonly checkpoint: SyncCheckpoint
  /** The last page was accepted; only the result is missing. */
  readonly done?: boolean
  /** A batch that must not be repeated may have left. */
  readonly phase?: 'sent'
}

/** The further one of what the flow gave and what an attempt before this one noted. */
export function resumeAt(given: SyncCheckpoint, heartbeatDetails: unknown): SyncProgress {
  const noted = heartbeatDetails as SyncProgress | undefined | null
  const isFurther =
    noted?.checkpoint !== undefined && noted.checkpoint.counters.pages >= given.counters.pages
  return isFurther ? noted : { checkpoint: given }
}
