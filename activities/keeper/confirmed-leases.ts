import type { Client } from '@temporalio/client'
import {
  type ConnectionRef,
  connectorOf,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import type { Measure } from '../../src/contract/measure.js'
import { type CurrentLease, TOKEN_QUERIES } from '../../src/contract/messages.js'
import type { MetricOutcome } from '../../src/contract/metrics.js'

/** No request may start any more under the lease of this connection. Never leaves an activity. */
export class LeaseExpired extends Error {
  constructor(readonly connection: string) {
    super('lease expired')
  }
}

type LeaseQueryOutcome = MetricOutcome<'tokenkeeper.lease.queries'>

/** A connection by its name and the parts of it. */
interface NamedConnection {
  readonly name: string
  readonly ref: ConnectionRef
}

/** Leases as their token workflows have them. */
export interface ConfirmedLeases {
  /**
   * The lease that a flow has handed in, as its token workflow has it: a flow's own copy is only a claim,
   * since whoever runs a flow worker can change it.
   * @throws LeaseExpired for one that is no longer given out: the flow asks for another one.
   * ApplicationFailure `ConnectionRevoked`; `UpstreamUnavailable` (retryable) where nobody answers
   */
  confirmLease(connection: NamedConnection, lease: Lease): Promise<Lease>
  /** A lease that its token workflow grants at once; undefined where there is none, or nobody answers. */
  currentLease(connection: NamedConnection): Promise<Lease | undefined>
}

export interface ConfirmedLeasesOptions {
  /** The client of the activity that asks. */
  readonly client: () => Client
  /** The Temporal server's clock. */
  readonly now: () => number
  readonly measure?: Measure | undefined
  readonly patienceMs?: number | undefined
}

const QUERY_PATIENCE_MS = 10_000
const MAX_KNOWN = 1000

/**
 * Asks token workflows by query, which costs no history, and remembers what they said until the lease
 * ends: once for each generation, and again for a lease that ends much later than the one that is known.
 */
export class QueriedLeases implements ConfirmedLeases {
  readonly #options: ConfirmedLeasesOptions
  readonly #known = new Map<string, Lease>()
  readonly #asking = new Map<string, Promise<CurrentLease | undefined>>()

  constructor(options: ConfirmedLeasesOptions) {
    this.#options = options
  }

  async confirmLease(connection: NamedConnection, lease: Lease): Promise<Lease> {
    const { now } = this.#options
    const { name } = connection
    const before = this.#known.get(keyOf(name, lease))
    if (before !== undefined && covers(before, lease, now())) return clipped(lease, before)
    const answer = await this.#ask(connection)
    if (answer?.outcome === 'granted') {
      this.#remember(name, answer.lease)
      if (keyOf(name, answer.lease) === keyOf(name, lease)) return clipped(lease, answer.lease)
    } else if (answer?.status === 'revoked')
      throw createFailure('ConnectionRevoked', answer.message, { connection: name })
    else if (answer !== undefined) throw new LeaseExpired(name)
    // An older generation, which flows may use up to its end where this worker knows it.
    if (before === undefined || !isLeaseLive(before, now())) throw new LeaseExpired(name)
    return clipped(lease, before)
  }

  async currentLease(connection: NamedConnection): Promise<Lease | undefined> {
    const answer = await this.#ask(connection).catch(() => undefined)
    if (answer?.outcome !== 'granted') return undefined
    this.#remember(connection.name, answer.lease)
    return answer.lease
  }

  /** Concurrent activities of one connection share a query. */
  async #ask({ ref, name }: NamedConnection): Promise<CurrentLease | undefined> {
    const underWay = this.#asking.get(name)
    if (underWay !== undefined) return await underWay
    const answer = query(this.#options, tokenWorkflowId(ref), name).finally(() =>
      this.#asking.delete(name),
    )
    this.#asking.set(name, answer)
    return await answer
  }

  #remember(name: string, lease: Lease): void {
    const key = keyOf(name, lease)
    this.#known.delete(key)
    this.#known.set(key, lease)
    for (const [oldest, one] of this.#known) {
      if (this.#known.size <= MAX_KNOWN && isLeaseLive(one, this.#options.now())) break
      this.#known.delete(oldest)
    }
  }
}

/** All that a lease is, beside its end. */
function keyOf(name: string, { generation, firstExecutionRunId = '', sealed }: Lease): string {
  return JSON.stringify([name, generation, firstExecutionRunId, sealed])
}

/** Whether what is known leaves at least half of what the flow was given. */
function covers(known: Lease, claimed: Lease, nowMs: number): boolean {
  const leftMs = known.expiresAtMs - nowMs
  return leftMs > 0 && leftMs >= (claimed.expiresAtMs - nowMs) / 2
}

/** The claim never goes beyond what the token workflow said, in any of its parts. */
function clipped(claimed: Lease, known: Lease): Lease {
  return { ...known, expiresAtMs: Math.min(claimed.expiresAtMs, known.expiresAtMs) }
}

/** Undefined where there is no such workflow. */
async function query(
  { client, measure, patienceMs = QUERY_PATIENCE_MS }: ConfirmedLeasesOptions,
  workflowId: string,
  connection: string,
): Promise<CurrentLease | undefined> {
  const count = (outcome: LeaseQueryOutcome): void => {
    measure?.('tokenkeeper.lease.queries', 1, { connector: connectorOf(connection), outcome })
  }
  try {
    const asker = client()
    const handle = asker.workflow.getHandle(workflowId)
    const answer = await asker.withDeadline(Date.now() + patienceMs, () =>
      handle.query<CurrentLease>(TOKEN_QUERIES.lease),
    )
    count(answer.outcome)
    return answer
  } catch (error) {
    const isMissing = error instanceof Error && error.name === 'WorkflowNotFoundError'
    count(isMissing ? 'missing' : 'unanswered')
    if (isMissing) return undefined
    throw createFailure(
      'UpstreamUnavailable',
      `${connection}: its token workflow does not answer, so nobody knows whether the lease still holds; nothing was sent. Is a keeper worker up? It is tried again by itself.`,
      { connection },
    )
  }
}
