import { ApplicationFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import type { Keeper } from '../../activities/keeper/keeper.js'
import { createSync } from '../../activities/sync/sync.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import type { SyncSliceInput, SyncSliceResult } from '../../src/contract/sync-slice.js'
import type { SimulatedWorker } from './simulated-worker.js'
import type { VirtualClock } from './virtual-clock.js'

export interface ActivityHostOptions {
  readonly clock: VirtualClock
  readonly worker: SimulatedWorker
  /** Of a worker that comes up. */
  readonly createKeeper: () => Keeper
  /** The client of the activities. */
  readonly client: object
  readonly isDraining: () => boolean
  readonly isFull: () => boolean
  readonly random: () => number
}

/** One attempt of an activity; `isAlive` until its worker has died. */
export interface Attempt {
  isAlive: boolean
}

interface Beat {
  readonly atMs: number
  readonly details: unknown
}

const HEARTBEAT_TIMEOUT_MS = 12_000
/** The SDK holds heartbeats back for so long: what a killed worker noted last is lost. */
const THROTTLE_MS = 5000
const LONGEST_BACK_OFF_MS = 30_000
const logger = new DefaultLogger('ERROR')

/** Runs the real sync activity as Temporal does: heartbeats, time-outs, retries with the old input, cancellation. */
export class ActivityHost {
  readonly attempts = new Map<string, Attempt>()
  #sync: FlowActivities['tokenkeeper.sync'] | undefined
  #life = 0
  #count = 0

  constructor(private readonly options: ActivityHostOptions) {}

  /** The activity of the worker that is up. */
  #current(): FlowActivities['tokenkeeper.sync'] {
    const { worker, createKeeper } = this.options
    if (this.#sync === undefined || this.#life !== worker.lives)
      this.#sync = createSync(createKeeper(), this.options)
    this.#life = worker.lives
    return this.#sync
  }

  /** @param cancelled resolves when the flow no longer wants it */
  async run(input: SyncSliceInput, cancelled: Promise<void>): Promise<SyncSliceResult> {
    const { clock, worker, random } = this.options
    let details: unknown
    const state = { cancelled: false }
    void cancelled.then(() => {
      state.cancelled = true
    })
    for (let tries = 1; ; tries += 1) {
      await worker.untilUp()
      const end = await this.#attempt(input, tries, details, cancelled)
      if (end.kind === 'done') return end.result
      if (end.kind === 'failed') {
        const { error } = end
        if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) throw error
        details = end.beats.at(-1)?.details
        if (state.cancelled) throw error
        await clock.sleep(Math.min(500 * 2 ** (tries - 1), LONGEST_BACK_OFF_MS))
      } else {
        const knownUntilMs = clock.now() - Math.floor(random() * THROTTLE_MS)
        details =
          end.beats.findLast(({ atMs }) => atMs <= knownUntilMs)?.details ??
          end.beats[0]?.details ??
          details
        await clock.sleep(HEARTBEAT_TIMEOUT_MS)
      }
    }
  }

  async #attempt(
    input: SyncSliceInput,
    tries: number,
    heartbeatDetails: unknown,
    cancelled: Promise<void>,
  ): Promise<
    | { readonly kind: 'done'; readonly result: SyncSliceResult }
    | { readonly kind: 'failed'; readonly error: unknown; readonly beats: readonly Beat[] }
    | { readonly kind: 'died'; readonly beats: readonly Beat[] }
  > {
    const { clock, worker, random } = this.options
    this.#count += 1
    const activityId = `attempt-${String(this.#count)}`
    const attempt: Attempt = { isAlive: true }
    this.attempts.set(activityId, attempt)
    const beats: Beat[] = []
    const environment = new MockActivityEnvironment(
      { activityId, attempt: tries, heartbeatDetails, heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS },
      { logger, client: this.options.client as never },
    )
    environment.on('heartbeat', (details: unknown) => {
      if (attempt.isAlive) beats.push({ atMs: clock.now(), details })
    })
    void cancelled.then(() => {
      // Told with the next heartbeat.
      void clock.sleep(Math.floor(random() * THROTTLE_MS)).then(() => {
        environment.cancel('CANCELLED')
      })
    })
    const sent = environment.run<
      [SyncSliceInput],
      SyncSliceResult,
      FlowActivities['tokenkeeper.sync']
    >(this.#current(), input)
    const running = sent.then(
      (result) => ({ kind: 'done', result }) as const,
      (error: unknown) => ({ kind: 'failed', error, beats }) as const,
    )
    const died = worker.untilDeath().then(() => {
      attempt.isAlive = false
      return { kind: 'died', beats } as const
    })
    return await Promise.race([running, died])
  }
}
