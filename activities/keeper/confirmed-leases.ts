import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { createFailure, failureDetails } from '../../src/contract/failure.js'
import type { LeaseNeeded } from '../../src/contract/flow-activities.js'
import { type CountedGeneration, isLeaseLive, type Lease } from '../../src/contract/lease.js'
import { type CurrentLease, type LeaseRequest, TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { LeaseMemory, type LeaseWish, type Misfit } from './lease-memory.js'
import {
  type FoundLease,
  LeaseQueries,
  type LeaseQueriesOptions,
  type NamedConnection,
} from './lease-query.js'
import { RefreshWaits } from './refresh-waits.js'

/** No request may start any more under the lease of this connection. Never leaves an activity. */
export class LeaseExpired extends Error {
  constructor(readonly connection: string) {
    super('lease expired')
  }
}

export interface FindOptions extends LeaseWish {
  /** How long the token workflow may take to answer. Default 5,000. */
  readonly patienceMs?: number | undefined
  /**
   * An active connection that has no token is told that somebody waits, and gets two seconds more to have
   * one. Default: what it has now is all.
   */
  readonly awaitsRefresh?: boolean | undefined
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
  /** A lease of this worker's memory, which nobody has to be asked for. */
  heldLease(connection: NamedConnection, wish?: LeaseWish): Lease | undefined
  /** A lease that is granted at once, or soon: of this worker's memory, else of its token workflow. */
  findLease(connection: NamedConnection, options?: FindOptions): Promise<FoundLease>
  /**
   * The upstream has refused a generation: it is found no more, unless its token workflow still gives it
   * out some time later. False: that was known already.
   */
  refuse(connection: string, refused: CountedGeneration): boolean
  /** The refusal did not get through: who meets it next has to tell it. */
  forgetRefusal(connection: string): void
  /** What is known of a connection has changed: the next lease is asked for. */
  forget(connection: string): void
}

/** Takes note of a refused generation, where that is what has failed. */
export function noteRefusal(leases: Pick<ConfirmedLeases, 'refuse'>, error: unknown): void {
  const { code, connection, generation, firstExecutionRunId } = failureDetails(error) ?? {}
  if (code !== 'CredentialRejected' || connection === undefined || generation === undefined) return
  leases.refuse(connection, { generation, firstExecutionRunId })
}

export interface ConfirmedLeasesOptions extends LeaseQueriesOptions {
  readonly patienceMs?: number | undefined
}

const QUERY_PATIENCE_MS = 10_000
/** Below the heartbeat timeout of a call. */
const FIND_PATIENCE_MS = 5000
const MAX_KNOWN = 1000

/**
 * Asks token workflows by query, which costs no history, and remembers what they said until the lease
 * ends: once for each generation, and again for a lease that ends much later than the one that is known.
 */
export class QueriedLeases implements ConfirmedLeases {
  readonly #options: ConfirmedLeasesOptions
  readonly #known = new Map<string, Lease>()
  readonly #memory = new LeaseMemory()
  readonly #queries: LeaseQueries
  readonly #refreshes: RefreshWaits

  constructor(options: ConfirmedLeasesOptions) {
    this.#options = options
    this.#queries = new LeaseQueries(options)
    this.#refreshes = new RefreshWaits({
      tell: (connection, patienceMs) => {
        const client = options.client()
        return client.withDeadline(Date.now() + patienceMs, () => tellUse(client, connection))
      },
      look: (connection, patienceMs) => this.#findNow(connection, { patienceMs }),
    })
  }

  async confirmLease(connection: NamedConnection, lease: Lease): Promise<Lease> {
    const { now, patienceMs = QUERY_PATIENCE_MS } = this.#options
    const { name } = connection
    const before = this.#known.get(keyOf(name, lease))
    if (before !== undefined && covers(before, lease, now())) return clipped(lease, before)
    const answer = await this.#queries.ask(connection, patienceMs)
    if (answer.outcome === 'unanswered') throw unanswered(name)
    if (answer.outcome === 'granted') {
      this.#memory.keep(name, answer, {}, now())
      this.#remember(name, answer.lease)
      if (keyOf(name, answer.lease) === keyOf(name, lease)) return clipped(lease, answer.lease)
    } else if (answer.outcome === 'unavailable') {
      this.#memory.forget(name)
      if (answer.status !== 'revoked') throw new LeaseExpired(name)
      throw createFailure('ConnectionRevoked', answer.message, { connection: name })
    }
    // An older generation, which flows may use up to its end where this worker knows it.
    if (before === undefined || !isLeaseLive(before, now())) throw new LeaseExpired(name)
    return clipped(lease, before)
  }

  heldLease(connection: NamedConnection, wish: LeaseWish = {}): Lease | undefined {
    const held = this.#memory.held(connection.name, wish, this.#options.now())
    return held && this.#use(connection, held)
  }

  async findLease(connection: NamedConnection, options: FindOptions = {}): Promise<FoundLease> {
    const sinceMs = performance.now()
    const found = await this.#findNow(connection, options)
    if (found.outcome === 'granted' || options.awaitsRefresh !== true) return found
    const { patienceMs = FIND_PATIENCE_MS } = options
    const later = await this.#refreshes.after(connection, found, { sinceMs, patienceMs })
    // Others have waited for it too, with other wishes.
    return later.outcome === 'granted' ? await this.#findNow(connection, options) : later
  }

  async #findNow(connection: NamedConnection, options: FindOptions): Promise<FoundLease> {
    const { now } = this.#options
    const { name } = connection
    const held = this.heldLease(connection, options)
    if (held !== undefined) return { outcome: 'granted', lease: held }
    const { patienceMs = FIND_PATIENCE_MS } = options
    const answer = await this.#queries.ask(connection, patienceMs)
    if (answer.outcome === 'granted') {
      const misfit = this.#memory.keep(name, answer, options, now())
      if (misfit !== undefined) return { outcome: 'needed', ...toNeeded(name, misfit) }
      this.#remember(name, answer.lease)
      return { outcome: 'granted', lease: this.#use(connection, answer) }
    }
    this.#memory.forget(name)
    switch (answer.outcome) {
      case 'unavailable':
        return { outcome: 'needed', why: answer.message, status: answer.status }
      case 'missing':
        return { outcome: 'needed', why: NOT_CONNECTED, status: 'missing' }
      case 'unanswered':
        return { outcome: 'needed', why: NO_ANSWER }
    }
  }

  refuse(connection: string, refused: CountedGeneration): boolean {
    return this.#memory.refuse(connection, refused, this.#options.now())
  }

  forgetRefusal(connection: string): void {
    this.#memory.forgetRefusal(connection)
  }

  forget(connection: string): void {
    this.#memory.forget(connection)
  }

  #use(connection: NamedConnection, granted: Extract<CurrentLease, { outcome: 'granted' }>): Lease {
    const { name } = connection
    const { lease } = granted
    if (this.#memory.tellsUse(name, granted, this.#options.now()))
      // Nobody waits for it: the lease is good.
      tellUse(this.#options.client(), connection, lease).catch(() => {
        this.#memory.forgetUse(name)
      })
    return lease
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

const NOT_CONNECTED = 'it is not connected yet; use TokenkeeperClient.connect.'
/** Why nothing is known of a connection. */
export const NO_ANSWER = 'its token workflow has not answered; is a keeper worker up?'

function toNeeded(name: string, misfit: Misfit): LeaseNeeded {
  switch (misfit.kind) {
    case 'ended':
      return { why: `${name}: the lease that it grants has ended.` }
    case 'refused':
      return { why: `${name}: the upstream has just refused its credential.` }
    case 'older':
      return {
        why: `${name}: generation ${misfit.known.generation} of its credential was seen, and it grants an older one.`,
        known: misfit.known,
      }
  }
}

function unanswered(connection: string) {
  return createFailure(
    'UpstreamUnavailable',
    `${connection}: its token workflow does not answer, so nobody knows whether the lease still holds; nothing was sent. Is a keeper worker up? It is tried again by itself.`,
    { connection },
  )
}

/** A lease request that nobody waits for: it shows that the connection is used, with a lease or for want of one. */
async function tellUse(
  client: Client,
  { ref }: NamedConnection,
  { generation, firstExecutionRunId }: Partial<CountedGeneration> = {},
): Promise<void> {
  const request: LeaseRequest = {
    requestId: randomUUID(),
    replyTo: '',
    minValidityMs: 0,
    knownGeneration: generation,
    knownFirstExecutionRunId: firstExecutionRunId,
  }
  await client.workflow.getHandle(tokenWorkflowId(ref)).signal(TOKEN_SIGNALS.lease, request)
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
