import type { Client, WorkflowClient } from '@temporalio/client'
import {
  type ConnectionRef,
  connectorOf,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import type { Measure } from '../../src/contract/measure.js'
import { type CurrentLease, TOKEN_QUERIES } from '../../src/contract/messages.js'
import type { MetricOutcome } from '../../src/contract/metrics.js'

/** A connection by its name and the parts of it. */
export interface NamedConnection {
  readonly name: string
  readonly ref: ConnectionRef
}

/** `missing`: no such workflow runs. `unanswered`: nobody has answered in time. */
export type LeaseAnswer =
  CurrentLease | { readonly outcome: 'missing' } | { readonly outcome: 'unanswered' }

export interface LeaseQueriesOptions {
  /** The client of the activity that asks. */
  readonly client: () => Client
  /** The Temporal server's clock. */
  readonly now: () => number
  readonly measure?: Measure | undefined
}

/** Asks token workflows by query, which costs no history. Concurrent askers of one connection share a query. */
export class LeaseQueries {
  readonly #options: LeaseQueriesOptions
  readonly #asking = new Map<string, Promise<LeaseAnswer>>()

  constructor(options: LeaseQueriesOptions) {
    this.#options = options
  }

  /** @param patienceMs of the first of those that share it */
  async ask(connection: NamedConnection, patienceMs: number): Promise<LeaseAnswer> {
    const { name } = connection
    const underWay = this.#asking.get(name)
    if (underWay !== undefined) return await underWay
    const answer = this.#query(connection, patienceMs).finally(() => this.#asking.delete(name))
    this.#asking.set(name, answer)
    return await answer
  }

  async #query({ name, ref }: NamedConnection, patienceMs: number): Promise<LeaseAnswer> {
    const answer = await query(this.#options, tokenWorkflowId(ref), patienceMs)
    const outcome: MetricOutcome<'tokenkeeper.lease.queries'> = answer.outcome
    this.#options.measure?.('tokenkeeper.lease.queries', 1, {
      connector: connectorOf(name),
      outcome,
    })
    return answer
  }
}

const MISSING = new Set(['WorkflowNotFoundError', 'QueryRejectedError'])

/**
 * The same client, whose queries are refused by a workflow that has ended: it would answer out of its history
 * for ever. The SDK has that as an option of the whole client only.
 */
function openOnly(client: WorkflowClient): WorkflowClient {
  const options = { ...client.options, queryRejectCondition: 'NOT_OPEN' }
  return Object.create(client, { options: { value: options } }) as WorkflowClient
}

async function query(
  { client, now }: LeaseQueriesOptions,
  workflowId: string,
  patienceMs: number,
): Promise<LeaseAnswer> {
  try {
    const asker = client()
    const handle = openOnly(asker.workflow).getHandle(workflowId)
    return await asker.withDeadline(Date.now() + patienceMs, () =>
      handle.query<CurrentLease, [number]>(TOKEN_QUERIES.lease, now()),
    )
  } catch (error) {
    const isMissing = error instanceof Error && MISSING.has(error.name)
    return { outcome: isMissing ? 'missing' : 'unanswered' }
  }
}
