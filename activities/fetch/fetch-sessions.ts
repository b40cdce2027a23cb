import type { Context } from '@temporalio/activity'
import { resolveConnection, type ResolvedConnection } from '../connection/resolve-connection.js'
import { openSession } from '../connection/open-session.js'
import type { UpstreamSession } from '../connection/upstream-session.js'
import type { UpstreamWait } from '../runtime/upstream-wait.js'
import { PACING_WAIT_MS } from '../../src/contract/limit.js'
import type { RejectedGeneration } from '../../src/contract/messages.js'
import type { Keeper } from '../keeper/keeper.js'
import { BEAT_EVERY_MS } from '../runtime/activity-heartbeat.js'
import { pause } from '../runtime/waits.js'
import { rateLimited } from './fetch-failures.js'
import { type FetchPatience, toPatience } from './fetch-patience.js'
import type { WorkerLeases } from './worker-leases.js'

/** The opened leases of one activity execution; forgotten with it. */
export class FetchSessions {
  readonly #resolved = new Map<string, ResolvedConnection>()
  readonly #sessions = new Map<string, Promise<UpstreamSession>>()
  readonly #startedAtMs = Date.now()

  readonly #keeper: Keeper
  readonly #leases: WorkerLeases
  readonly #context: Context
  readonly #beat: () => void

  constructor(keeper: Keeper, leases: WorkerLeases, context: Context, beat: () => void) {
    this.#keeper = keeper
    this.#leases = leases
    this.#context = context
    this.#beat = beat
  }

  get hasKey(): boolean {
    return this.#keeper.keyring.keyIds.length > 0
  }

  /** @throws ApplicationFailure `InvalidConnection`, `UnknownConnector` */
  resolve(connection: string): ResolvedConnection {
    const known = this.#resolved.get(connection)
    if (known !== undefined) return known
    const resolved = resolveConnection(this.#keeper.connectors, connection)
    this.#resolved.set(connection, resolved)
    return resolved
  }

  /** How long a request that begins now waits for the connection. @throws ApplicationFailure `InvalidInput` */
  patience(connection: string, maxWait: string | number | undefined): FetchPatience {
    const { patienceMs } = this.#leases
    const moment = { startedAtMs: this.#startedAtMs, nowMs: Date.now(), patienceMs }
    return toPatience({ connection, maxWait }, this.#context.info, moment)
  }

  /** The session under the connection's current lease; opened once, shared by concurrent requests. */
  async session(resolved: ResolvedConnection, patience: FetchPatience): Promise<UpstreamSession> {
    const { name } = resolved
    for (;;) {
      const opening = this.#sessions.get(name) ?? this.#open(resolved, patience)
      this.#sessions.set(name, opening)
      try {
        const session = await opening
        if (session.isLive()) return session
        this.#forget(name, opening)
      } catch (error) {
        this.#forget(name, opening)
        throw error
      }
    }
  }

  #forget(name: string, opening: Promise<UpstreamSession>): void {
    if (this.#sessions.get(name) === opening) this.#sessions.delete(name)
  }

  /** Reports a refused generation; the next session is of whatever the token workflow finds good. */
  async reject(session: UpstreamSession, status: number, endpoint: string): Promise<void> {
    const { connection, lease, resolved } = session
    const { generation } = lease
    if ((await this.#sessions.get(connection)) === session) this.#sessions.delete(connection)
    const rejected: RejectedGeneration = {
      generation,
      status,
      endpoint,
      by: (this.#context.info.workflowExecution?.workflowId ?? 'an activity').slice(0, 200),
      passed: this.#keeper.passes.last(connection),
    }
    await this.#leases.report(resolved.ref, rejected, lease)
  }

  /**
   * Waits for a connection that is at its limit.
   * @throws ApplicationFailure `RateLimited` where that takes long: Temporal tries again when it is over
   */
  async waitOut({ connection, waitMs }: UpstreamWait): Promise<void> {
    if (waitMs > PACING_WAIT_MS) throw rateLimited(connection, waitMs)
    for (let leftMs = waitMs; leftMs > 0; leftMs -= BEAT_EVERY_MS) {
      this.#beat()
      await pause(Math.min(leftMs, BEAT_EVERY_MS), this.#context.cancellationSignal)
    }
  }

  async #open(resolved: ResolvedConnection, patience: FetchPatience): Promise<UpstreamSession> {
    const { cancellationSignal } = this.#context
    const { keeperTaskQueue } = this.#leases
    const options = { keeperTaskQueue, beat: this.#beat }
    for (;;) {
      const lease = await this.#leases.current(resolved, cancellationSignal, this.#beat, patience)
      const { kind } = resolved.connector.auth
      if (lease.kind === undefined || lease.kind === kind)
        return await openSession(this.#keeper, resolved, lease, cancellationSignal, options)
      const { generation } = lease
      await this.#leases.report(resolved.ref, { generation, status: 0, outdated: true }, lease)
    }
  }
}
