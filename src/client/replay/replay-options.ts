import type { FailureCategory } from '../../contract/failures.js'
import type { SyncCounters } from '../../contract/sync.js'

/** The syncs that ended without being done: all of them, or those that match. */
export interface ReplayFilter {
  /**
   * Of the source or of the sink.
   * @example connector: 'shop'
   */
  readonly connector?: string | undefined
  /**
   * Of `connector`, or of either end.
   * @example account: 'acme'
   */
  readonly account?: string | undefined
  /**
   * Ended in the last `'24h'` (or milliseconds), or after a moment.
   * @example since: '24h'
   */
  readonly since?: string | number | Date | undefined
  /** @example failure: ['auth', 'upstream'] */
  readonly failure?: FailureCategory | readonly FailureCategory[] | undefined
}

/** One sync by its workflow id, what a list filter of Temporal's finds, or by how they ended. */
export type ReplayTarget = string | { readonly query: string } | ReplayFilter

export interface ReplayOptions {
  /**
   * Where a run begins: after what the sink has accepted (default), or at the first page.
   * @example from: 'start'
   */
  readonly from?: 'checkpoint' | 'start' | undefined
  /** Says what would be done, and starts nothing. */
  readonly dryRun?: boolean | undefined
  /**
   * What becomes of a sync whose place is of no use any more (its cursor is dead, its definition
   * another one): it is skipped (default), or started from the first page.
   * @example ifDead: 'start'
   */
  readonly ifDead?: 'skip' | 'start' | undefined
  /**
   * What becomes of a sync whose last write has an unknown outcome and no key that makes a repeat
   * harmless: it is skipped (default), or goes on and may write that batch twice.
   * @example ifUnknown: 'repeat'
   */
  readonly ifUnknown?: 'skip' | 'repeat' | undefined
  /**
   * Starts in a time, as `'10/s'` (default), `'30/m'` or `'100/h'`.
   * @example pace: '30/m'
   */
  readonly pace?: string | undefined
  /**
   * Hears what would be done when all is checked; nothing is started where it says no.
   * @example confirm: ({ replayed }) => replayed.length < 500
   */
  readonly confirm?: ((plan: ReplaySummary) => boolean | Promise<boolean>) | undefined
  /** @example onProgress: ({ phase, done }) => console.error(phase, done) */
  readonly onProgress?: ((progress: ReplayProgress) => void) | undefined
}

/** `finding`: ended runs are read. `checking`: whether they can go on. `starting`: at the pace. */
export interface ReplayProgress {
  readonly phase: 'finding' | 'checking' | 'starting'
  readonly done: number
  /** Absent while it is not known. */
  readonly total?: number | undefined
}

/** What all outcomes name: a run that ended. */
interface EndedRun {
  readonly workflowId: string
  readonly runId: string
}

/** A run that was started for it; in a dry run, one that would be. */
export interface ReplayedSync extends EndedRun {
  readonly from: 'checkpoint' | 'start'
  /** What the sink has accepted so far. */
  readonly counters: SyncCounters
  readonly lineage: string
  /** Absent in a dry run. */
  readonly newRunId?: string | undefined
  /** What it will wait for first. */
  readonly note?: string | undefined
}

export interface SkippedSync extends EndedRun {
  /** Why it was skipped, and what to do about it. */
  readonly why: string
}

/** It would fail again, or could not be started. */
export interface FailedReplay extends EndedRun {
  readonly code: string
  readonly message: string
}

export interface ReplaySummary {
  readonly dryRun: boolean
  readonly replayed: readonly ReplayedSync[]
  readonly skipped: readonly SkippedSync[]
  readonly failed: readonly FailedReplay[]
}

export type ReplayResult =
  | ({ readonly outcome: 'replayed' } & ReplayedSync)
  | ({ readonly outcome: 'skipped' } & SkippedSync)
  | ({ readonly outcome: 'failed' } & FailedReplay)
