import type { Client, WorkflowClient } from '@temporalio/client'
import {
  type ConnectionRef,
  connectorOf,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import type { LeaseNeeded } from '../../src/contract/flow-activities.js'
import type { Lease } from '../../src/contract/lease.js'
import type { Measure } from '../../src/contract/measure.js'
import { type CurrentLease, TOKEN_QUERIES } from '../../src/contract/messages.js'
import type { MetricOutcome } from '../../src/contract/metrics.js'
import type { TokenStatus } from '../../src/contract/token-status.js'

/** A connection by its name and the parts of it. */
export interface NamedConnection {
  readonly name: string
  readonly ref: ConnectionRef
}

/** `missing`: no such workflow runs. `unanswered`: nobody has answered in time. */
export type LeaseAnswer =
  CurrentLease | { readonly outcome: 'missing' } | { readonly outcome: 'unanswered' }

/** `missing`: no token workflow runs. `status`: of a connection that says why it grants nothing. */
export type FoundLease =
  | { readonly outcome: 'granted'; readonly lease: Lease }
  | ({
      readonly outcome: 'needed'
      readonly status?: TokenStatus | 'missing' | undefined
    } & LeaseNeeded)

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
  /** Token workflows that come before the others, since somebody waits for them. */
  readonly #first = new Map<string, Client>()

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
    const workflowId = tokenWorkflowId(ref)
    const answer = await query(this.#options, workflowId, patienceMs, (client) => {
      this.#first.set(workflowId, client)
      void prioritize(client, workflowId, FIRST)
    })
    const first = this.#first.get(workflowId)
    // One that has not answered still waits for its turn.
    if (first !== undefined && answer.outcome !== 'unanswered') {
      this.#first.delete(workflowId)
      void prioritize(first, workflowId, USUAL)
    }
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

/** A worker that is up answers sooner, a replay of some hundred events included. */
const SLOW_MS = 500
const FIRST = 1
/** As where none is said. */
const USUAL = 0

/**
 * Puts the workflow tasks of a token workflow before or among those of the others: after an outage each of thousands
 * has one that waits for a worker. Where the server can't, it waits for its turn.
 */
async function prioritize(client: Client, workflowId: string, priorityKey: number): Promise<void> {
  try {
    await client.workflowService.updateWorkflowExecutionOptions({
      namespace: client.options.namespace,
      workflowExecution: { workflowId },
      workflowExecutionOptions: { priority: { priorityKey } },
      updateMask: { paths: ['priority.priority_key'] },
    })
  } catch {
    return
  }
}

async function query(
  { client, now }: LeaseQueriesOptions,
  workflowId: string,
  patienceMs: number,
  onSlow: (client: Client) => void,
): Promise<LeaseAnswer> {
  let slow: NodeJS.Timeout | undefined
  try {
    const asker = client()
    slow = setTimeout(onSlow, SLOW_MS, asker)
    const handle = openOnly(asker.workflow).getHandle(workflowId)
    return await asker.withDeadline(Date.now() + patienceMs, () =>
      handle.query<CurrentLease, [number]>(TOKEN_QUERIES.lease, now()),
    )
  } catch (error) {
    const isMissing = error instanceof Error && MISSING.has(error.name)
    return { outcome: isMissing ? 'missing' : 'unanswered' }
  } finally {
    clearTimeout(slow)
  }
}
