import {
  ActivityFailure,
  ApplicationFailure,
  type SearchAttributeUpdatePair,
  type TypedSearchAttributes,
} from '@temporalio/common'
import type { LogLevel } from '../../src/contract/log-events.js'
import type { Measure } from '../../src/contract/measure.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import type { WorkflowWorld } from '../runtime/workflow-world.js'
import type { TokenWorkflowInput } from './token-parts.js'

/** What a token workflow needs of Temporal. The simulation under `test/simulation` brings its own. */
export interface TokenWorld extends WorkflowWorld {
  /**
   * @param summary what the timer is for, as the Web UI shows it
   * @returns what takes the timer back
   */
  readonly startTimer: (ms: number, summary: string, ring: () => void) => () => void
  readonly activities: TokenActivityProxies
  readonly signal: (workflowId: string, name: string, message: unknown) => Promise<void>
  readonly messages: TokenMessages
  readonly display: TokenDisplay
  /** Records a metric; nothing while a history is replayed. */
  readonly measure: Measure
  readonly run: TokenRun
  /** Runs work that a cancellation of the workflow does not end; the cancellation is recorded. */
  readonly uncancelled: <T>(work: () => Promise<T>, onCancellation?: () => void) => Promise<T>
}

/** The activities of the keeper worker, by how often they are tried. */
export interface TokenActivityProxies {
  /** Tried until it works. */
  readonly quick: TokenActivities
  readonly bounded: TokenActivities
  /** One try: the workflow decides on every other one. */
  readonly once: TokenActivities
  /** The same, behind all that somebody waits for. */
  readonly unhurried: TokenActivities
}

/** Why an activity did not answer. */
export function activityFailure(error: unknown): {
  readonly code: string
  readonly message: string
} {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure)
    return { code: cause.type ?? 'ActivityFailed', message: cause.message }
  return {
    code: 'WorkerDied',
    message:
      'the keeper worker ended, or was too busy to show that it lives, before it could answer',
  }
}

/** Takes what is sent to the workflow. */
export interface TokenMessages {
  readonly onSignal: (name: string, description: string, take: (value: unknown) => void) => void
  readonly onOtherSignal: (take: (name: string) => void) => void
  readonly onQuery: (name: string, description: string, answer: (value: unknown) => unknown) => void
  readonly onUpdate: <T>(
    name: string,
    description: string,
    validate: (value: unknown) => void,
    answer: (value: unknown) => Promise<T>,
  ) => void
  /** Whether every update has been answered. */
  readonly areAnswered: () => boolean
}

export interface TokenDisplay {
  readonly details: (markdown: string) => void
  readonly searchAttributes: (pairs: SearchAttributeUpdatePair[]) => void
  /** The search attributes that the workflow has, of its start or of upserts in this run and those before. */
  readonly told: () => TypedSearchAttributes
  readonly log: (level: LogLevel, message: string, about: Record<string, unknown>) => void
}

/** The run of the workflow. */
interface TokenRun {
  readonly firstExecutionRunId: () => string
  readonly historyLength: () => number
  /** Whether Temporal wants the run to end. */
  readonly isFull: () => boolean
  /** Whether the history has become long to replay, so that a run had better end when nothing is wanted of it. */
  readonly isLong: () => boolean
  /** Whether the run has to end before the server ends the workflow for the size of its history. */
  readonly isOverfull: () => boolean
  readonly continueAsNew: (input: TokenWorkflowInput) => Promise<never>
}

/**
 * One standing timer: set to the same moment again it stays as it is, so that a woken workflow does
 * not write a cancelled and a new timer into its history each time.
 */
export class StandingTimer {
  #cancel: (() => void) | undefined
  #atMs: number | undefined
  #firedForMs = 0
  readonly #world: Pick<TokenWorld, 'now' | 'startTimer'>
  readonly #onTime: () => void

  constructor(world: Pick<TokenWorld, 'now' | 'startTimer'>, onTime: () => void) {
    this.#world = world
    this.#onTime = onTime
  }

  /**
   * Now, and never before a moment that it has fired for: where a workflow task times out between a
   * timer and its worker's death, the next worker's clock still stands at the task before.
   */
  nowMs(): number {
    return Math.max(this.#world.now(), this.#firedForMs)
  }

  set(atMs: number | undefined, nowMs: number, summary = 'look what is to be done'): void {
    if (atMs === this.#atMs) return
    this.#cancel?.()
    this.#cancel = undefined
    this.#atMs = atMs
    if (atMs === undefined) return
    const cancel = this.#world.startTimer(Math.max(1, Math.ceil(atMs - nowMs)), summary, () => {
      if (this.#cancel !== cancel) return
      this.#cancel = undefined
      this.#firedForMs = Math.max(this.#firedForMs, atMs)
      this.#atMs = undefined
      this.#onTime()
    })
    this.#cancel = cancel
  }
}
