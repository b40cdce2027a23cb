import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { CancelledFailure, Context } from '@temporalio/activity'
import {
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { CountedGeneration, Lease } from '../../src/contract/lease.js'
import {
  type LeaseRequest,
  type RejectedGeneration,
  TOKEN_SIGNALS,
} from '../../src/contract/messages.js'
import { KEEPER_TASK_QUEUE } from '../../src/contract/task-queues.js'
import { startWithAttributes } from '../../src/contract/search-attributes.js'
import { tokenAttributes, tokenWorkflowStart } from '../../src/contract/token-workflow-start.js'
import type { ResolvedConnection } from '../connection/resolve-connection.js'
import type { Keeper } from '../keeper/keeper.js'
import type { FoundLease, NamedConnection } from '../keeper/lease-query.js'
import { NO_ANSWER } from '../keeper/confirmed-leases.js'
import { BEAT_EVERY_MS } from '../runtime/activity-heartbeat.js'
import { untilAborted } from '../runtime/waits.js'
import { notUsable } from './fetch-failures.js'
import { type FetchPatience, PATIENCE_MS } from './fetch-patience.js'

export interface WorkerFetchOptions {
  /** Where token workflows run. Default `tokenkeeper`. */
  readonly keeperTaskQueue?: string | undefined
  /** How long to wait for a usable lease before the attempt fails, retryably. Default 30,000. */
  readonly patienceMs?: number | undefined
}

const POLL_MS = 250
/** A query that hangs is given up, and the next one begins. */
const LOOK_PATIENCE_MS = 5000
/** A connection that stays unusable is told again that somebody waits. */
const TELL_AGAIN_MS = 30_000

/**
 * The leases of the activities of one worker: of the keeper's memory, else by query. All that wait for one
 * connection share one look at it at a time.
 */
export class WorkerLeases {
  readonly #looks = new Map<string, Promise<FoundLease>>()
  readonly #lookedAtMs = new Map<string, number>()
  readonly #toldAtMs = new Map<string, number>()

  readonly keeperTaskQueue: string
  readonly patienceMs: number
  readonly #keeper: Keeper

  constructor(keeper: Keeper, options: WorkerFetchOptions) {
    this.#keeper = keeper
    this.keeperTaskQueue = options.keeperTaskQueue ?? KEEPER_TASK_QUEUE
    this.patienceMs = options.patienceMs ?? PATIENCE_MS
  }

  /** Tells the token workflow that a generation was refused; nobody is answered. */
  async report(
    ref: ConnectionRef,
    rejected: RejectedGeneration,
    { firstExecutionRunId }: CountedGeneration,
  ): Promise<void> {
    const name = formatConnection(ref)
    const { generation } = rejected
    // Concurrent requests of this worker meet the same refusal: one report is enough.
    if (!this.#keeper.leases.refuse(name, { generation, firstExecutionRunId })) return
    // The report shows as well that somebody waits.
    this.#toldAtMs.set(name, performance.now())
    try {
      await this.#signal(ref, { rejected, knownFirstExecutionRunId: firstExecutionRunId })
    } catch (error) {
      this.#keeper.leases.forgetRefusal(name)
      throw error
    }
  }

  /**
   * A live lease of a generation that was not refused: of the memory, else by query, which costs no
   * history. Where there is none, one signal asks the token workflow.
   */
  async current(
    resolved: ResolvedConnection,
    signal: AbortSignal,
    beat: () => void,
    patience: FetchPatience,
  ): Promise<Lease> {
    const held = this.#keeper.leases.heldLease(resolved)
    if (held !== undefined) return held
    const attributes = { 'tokenkeeper.connection': resolved.name }
    return await this.#keeper.tracing.inSpan('tokenkeeper.lease.wait', attributes, async (span) => {
      const lease = await this.#lookUp(resolved, signal, beat, patience)
      span.set({ 'tokenkeeper.generation': lease.generation })
      return lease
    })
  }

  async #lookUp(
    { ref, name }: ResolvedConnection,
    signal: AbortSignal,
    beat: () => void,
    patience: FetchPatience,
  ): Promise<Lease> {
    const { untilMs } = patience
    const late = new AbortController()
    const timer = setTimeout(
      () => {
        late.abort()
      },
      Math.max(untilMs - Date.now(), POLL_MS),
    )
    const ends = AbortSignal.any([signal, late.signal])
    const beating = setInterval(beat, BEAT_EVERY_MS)
    let why = NO_ANSWER
    try {
      for (;;) {
        const found = await untilAborted(this.#look({ ref, name }), ends)
        if (signal.aborted) throw new CancelledFailure('cancelled')
        if (found?.outcome === 'granted') return found.lease
        why = found?.why ?? why
        if (found?.status === 'revoked')
          throw createFailure('ConnectionRevoked', why, { connection: name })
        // The next attempt may find it connected.
        const isOver = found?.status === 'missing' && patience.asked === undefined
        if (isOver || late.signal.aborted || Date.now() >= untilMs)
          throw notUsable(name, why, patience)
        beat()
      }
    } finally {
      clearTimeout(timer)
      clearInterval(beating)
    }
  }

  /** One look at a connection, shared by all that wait for it; a moment after the one before. */
  #look(connection: NamedConnection): Promise<FoundLease> {
    const { name } = connection
    const underWay = this.#looks.get(name)
    if (underWay !== undefined) return underWay
    const look = this.#lookOnce(connection).finally(() => {
      this.#looks.delete(name)
      this.#lookedAtMs.set(name, performance.now())
    })
    this.#looks.set(name, look)
    // Those that wait may all have gone.
    look.catch(() => undefined)
    return look
  }

  async #lookOnce(connection: NamedConnection): Promise<FoundLease> {
    const { name, ref } = connection
    const sinceMs = performance.now() - (this.#lookedAtMs.get(name) ?? Number.NEGATIVE_INFINITY)
    if (sinceMs < POLL_MS) await sleep(POLL_MS - sinceMs)
    const found = await this.#keeper.leases.findLease(connection, { patienceMs: LOOK_PATIENCE_MS })
    if (found.outcome === 'granted') {
      this.#lookedAtMs.delete(name)
      this.#toldAtMs.delete(name)
    } else if (found.status === 'missing') await this.#open(ref)
    else await this.#tell(ref, name)
    return found
  }

  /** Shows a connection that grants nothing at the moment that somebody waits. */
  async #tell(ref: ConnectionRef, name: string): Promise<void> {
    const toldAtMs = this.#toldAtMs.get(name) ?? Number.NEGATIVE_INFINITY
    if (performance.now() - toldAtMs < TELL_AGAIN_MS) return
    this.#toldAtMs.set(name, performance.now())
    // Where it does not get through, the next look shows why.
    await this.#signal(ref, {}).catch(() => undefined)
  }

  async #signal(
    ref: ConnectionRef,
    about: Pick<LeaseRequest, 'rejected' | 'knownFirstExecutionRunId'>,
  ): Promise<void> {
    const handle = Context.current().client.workflow.getHandle(tokenWorkflowId(ref))
    const request: LeaseRequest = {
      requestId: randomUUID(),
      replyTo: '',
      minValidityMs: 0,
      ...about,
    }
    try {
      await handle.signal(TOKEN_SIGNALS.lease, request)
    } catch (error) {
      const name = formatConnection(ref)
      if (!isWorkflowNotFound(error))
        throw notUsable(name, 'the Temporal server did not take the request.', {})
      await this.#open(ref)
      throw notUsable(name, 'it is not connected yet; use TokenkeeperClient.connect.', {})
    }
  }

  /** Starts the token workflow as `tokenkeeper.open` does. */
  async #open(ref: ConnectionRef): Promise<void> {
    const { client } = Context.current()
    await startWithAttributes(tokenAttributes(ref), (attributes) =>
      client.workflow.start(
        'tokenWorkflow',
        tokenWorkflowStart(ref, this.keeperTaskQueue, attributes),
      ),
    ).catch(() => undefined)
  }
}

function isWorkflowNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === 'WorkflowNotFoundError'
}
