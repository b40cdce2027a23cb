import { condition, uuid4 } from '@temporalio/workflow'
import { toSummary } from '../../src/contract/foreign-text.js'

/** What workflow code needs of Temporal first of all. The simulation under `test/simulation` brings its own. */
export interface WorkflowWorld {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  readonly uuid: () => string
  /**
   * Resolves once it holds.
   * @throws CancelledFailure where the workflow is cancelled first
   */
  readonly until: (isDone: () => boolean) => Promise<void>
  /**
   * @param summary what the timer is for, as the Web UI shows it
   * @returns false where so many milliseconds passed first
   * @throws CancelledFailure where the workflow is cancelled first
   */
  readonly untilOrFor: (isDone: () => boolean, ms: number, summary: string) => Promise<boolean>
}

/** The world of the workflow that runs. */
export const TEMPORAL: WorkflowWorld = {
  now: () => Date.now(),
  random: () => Math.random(),
  uuid: uuid4,
  until: condition,
  untilOrFor: (isDone, ms, summary) => condition(isDone, ms, { summary: toSummary(summary) }),
}
