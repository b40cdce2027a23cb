import { randomUUID } from 'node:crypto'
import { Context } from '@temporalio/activity'
import {
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import {
  type CurrentLease,
  type LeaseRequest,
  type RejectedGeneration,
  TOKEN_QUERIES,
  TOKEN_SIGNALS,
} from '../../src/contract/messages.js'
import type { MetricOutcome } from '../../src/contract/metrics.js'
import { KEEPER_TASK_QUEUE } from '../../src/contract/token-workflow-start.js'
import { tokenWorkflowStart } from '../../src/contract/token-workflow-start.js'
import type { ResolvedConnection } from '../connection/resolve-connection.js'
import type { Keeper } from '../keeper/keeper.js'
import { pause } from '../runtime/waits.js'
import { notUsable } from './fetch-failures.js'
import { type FetchPatience, PATIENCE_MS } from './fetch-patience.js'

export interface WorkerFetchOptions {
  /** Where token workflows run. Default `tokenkeeper`. */
  readonly keeperTaskQueue?: string | undefined
  /** How long to wait for a usable lease before the attempt fails, retryably. Default 30,000. */
  readonly patienceMs?: number | undefined
}

const POLL_MS = 250
/** A refused generation that is still given out this long after its report is tried again. */
const SECOND_LOOK_MS = 1000

/** The sealed leases that this worker knows, by connection; the token workflow has newer ones. */
export class WorkerLeases {
  readonly #leases = new Map<string, Lease>()
  /** The generation that was refused, and when that was reported, by this process's clock. */
  readonly #rejected = new Map<
    string,
    { readonly generation: number; readonly reportedAtMs: number }
  >()

  readonly keeperTaskQueue: string
  readonly patienceMs: number
  readonly #keeper: Keeper

  constructor(keeper: Keeper, options: WorkerFetchOptions) {
    this.#keeper = keeper
    this.keeperTaskQueue = options.keeperTaskQueue ?? KEEPER_TASK_QUEUE
    this.patienceMs = options.patienceMs ?? PATIENCE_MS
  }

  /** Tells the token workflow that a generation was refused; nobody is answered. */
  async report(ref: ConnectionRef, rejected: RejectedGeneration): Promise<void> {
    const name = formatConnection(ref)
    const { generation } = rejected
    const reported = this.#rejected.get(name)?.generation ?? 0
    const newest = this.#leases.get(name)?.generation ?? 0
    // Concurrent requests of this worker meet the same refusal: one report is enough.
    if (reported >= generation || newest > generation) return
    this.#rejected.set(name, { generation, reportedAtMs: performance.now() })
    try {
      await this.#signal(ref, {
        rejected,
        knownFirstExecutionRunId: this.#leases.get(name)?.firstExecutionRunId,
      })
    } catch (error) {
      this.#rejected.delete(name)
      throw error
    }
  }

  /**
   * A live lease of a generation that was not refused: of the cache, else by query, which costs no
   * history. Where there is none, one signal asks the token workflow.
   */
  async current(
    resolved: ResolvedConnection,
    signal: AbortSignal,
    beat: () => void,
    patience: FetchPatience,
  ): Promise<Lease> {
    const { name } = resolved
    const cached = this.#leases.get(name)
    if (cached !== undefined && this.#isUsable(name, cached)) return cached
    const attributes = { 'tokenkeeper.connection': name }
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
    let message = 'its token workflow has not answered; is a keeper worker up?'
    let signalled = this.#rejected.has(name)
    for (;;) {
      const answer = await this.#query(ref, untilMs)
      if (answer === 'missing') {
        await this.#open(ref)
        message = 'it is not connected yet; use TokenkeeperClient.connect.'
        if (patience.asked === undefined) throw notUsable(name, message, patience)
      } else if (answer?.outcome === 'granted') {
        if (this.#isUsable(name, answer.lease)) return this.#keep(name, answer.lease)
        const rejected = this.#rejected.get(name)
        // It is still given out after the report: the refusal may have been an odd one.
        const isSettled =
          rejected !== undefined && performance.now() - rejected.reportedAtMs >= SECOND_LOOK_MS
        if (isSettled && isLeaseLive(answer.lease, this.#keeper.serverNow()()))
          return this.#keep(name, answer.lease)
      } else if (answer !== undefined) {
        ;({ message } = answer)
        if (answer.status === 'revoked')
          throw createFailure('ConnectionRevoked', message, { connection: name })
      }
      if (!signalled && answer !== undefined && answer !== 'missing') {
        signalled = true
        await this.#signal(ref, {})
      }
      if (Date.now() >= untilMs) throw notUsable(name, message, patience)
      beat()
      await pause(POLL_MS, signal)
    }
  }

  #isUsable(name: string, lease: Lease): boolean {
    const rejected = this.#rejected.get(name)?.generation ?? 0
    return lease.generation > rejected && isLeaseLive(lease, this.#keeper.serverNow()())
  }

  #keep(name: string, lease: Lease): Lease {
    this.#leases.set(name, lease)
    this.#rejected.delete(name)
    return lease
  }

  /** Undefined where no worker answers in time. */
  async #query(ref: ConnectionRef, untilMs: number): Promise<CurrentLease | 'missing' | undefined> {
    const handle = Context.current().client.workflow.getHandle(tokenWorkflowId(ref))
    const late = new AbortController()
    const asked = handle.query<CurrentLease>(TOKEN_QUERIES.lease)
    const count = (outcome: MetricOutcome<'tokenkeeper.lease.queries'>): void =>
      this.#keeper.measure('tokenkeeper.lease.queries', 1, { connector: ref.connector, outcome })
    try {
      const timeout = pause(Math.max(untilMs - Date.now(), POLL_MS), late.signal)
      const answer = await Promise.race([asked, timeout.then(() => undefined)])
      count(answer?.outcome ?? 'unanswered')
      return answer
    } catch (error) {
      const isMissing = isWorkflowNotFound(error)
      count(isMissing ? 'missing' : 'unanswered')
      return isMissing ? 'missing' : undefined
    } finally {
      asked.catch(() => undefined)
      late.abort()
    }
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
    await Context.current()
      .client.workflow.start('tokenWorkflow', tokenWorkflowStart(ref, this.keeperTaskQueue))
      .catch(() => undefined)
  }
}

function isWorkflowNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === 'WorkflowNotFoundError'
}
