import { uuid4 } from '@temporalio/workflow'
import {
  ACCOUNT_RULE,
  CONNECTOR_RULE,
  DEFAULT_ACCOUNT,
  isAccountName,
  isConnectorName,
  parseConnection,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Lease } from '../../src/contract/lease.js'
import { KEEPER_TASK_QUEUE } from '../../src/contract/task-queues.js'
import type {
  ConnectorLike,
  EndpointInput,
  EndpointOutput,
} from '../../src/contract/typed-calls.js'
import { callEndpoint } from './call-endpoint.js'
import { toLeaseOptions } from './lease-options.js'
import type { LeaseOptions } from './lease-source.js'
import { thisFlow } from './this-flow.js'

export interface ConnectionOptions {
  /**
   * The keeper worker's task queue. Default `tokenkeeper`.
   * @example taskQueue: 'tokenkeeper-eu'
   */
  readonly taskQueue?: string | undefined
  /**
   * How long to wait for a connection that is not usable: milliseconds or `'2 hours'`. Default: for ever.
   * @example maxWait: '2 hours'
   */
  readonly maxWait?: string | number | undefined
  /**
   * How long a parked flow waits before it asks its connection again, in case that its token workflow is another one by now. Default `'5 minutes'`, doubled each time up to an hour.
   * @example askAgain: '1 minute'
   */
  readonly askAgain?: string | number | undefined
}

export interface CallOptions {
  /**
   * For writes whose endpoint declares an idempotency header. Default: a new one for each call.
   * @example idempotencyKey: `order-${order.id}`
   */
  readonly idempotencyKey?: string | undefined
}

/** A connection as a flow uses it. */
export interface Connection<C extends ConnectorLike> {
  /** `shopify/acme` */
  readonly name: string
  /** A lease that is live now: for the user's own activities. */
  lease(options?: LeaseOptions): Promise<Lease>
  /**
   * Calls an endpoint through an activity of the keeper worker. The worker finds the lease by itself; the
   * flow asks for one, and waits, where the connection can't serve at once. A cancelled call ends when its activity has: with the result where the request was not to be stopped.
   * Fails with an `ActivityFailure` whose cause has a `type` from the closed table of failures.
   */
  call<Name extends keyof C['endpoints'] & string>(
    endpoint: Name,
    input: EndpointInput<C['endpoints'][Name]>,
    options?: CallOptions,
  ): Promise<EndpointOutput<C['endpoints'][Name]>>
}

/** The connection of an account at a connector, for workflow code. */
export function connection<C extends ConnectorLike = ConnectorLike>(
  connector: C['id'],
  account: string = DEFAULT_ACCOUNT,
  options: ConnectionOptions = {},
): Connection<C> {
  if (!isConnectorName(connector))
    throw createFailure('InvalidConnection', `a connector's name has ${CONNECTOR_RULE}`)
  if (!isAccountName(account))
    throw createFailure('InvalidConnection', `an account's name has ${ACCOUNT_RULE}`)
  const taskQueue = options.taskQueue ?? KEEPER_TASK_QUEUE
  const waits = toLeaseOptions(options)
  const holder = thisFlow().leaseHolder({ connector, account }, taskQueue)
  return {
    name: holder.connection,
    lease: (leaseOptions) => holder.lease({ ...waits, ...leaseOptions }),
    call: async (endpoint, input, callOptions) =>
      (await callEndpoint(holder, taskQueue, waits, {
        endpoint,
        // JavaScript may leave it out.
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- types say that it is there
        input: input ?? {},
        idempotencyKey: callOptions?.idempotencyKey ?? uuid4(),
      })) as EndpointOutput<C['endpoints'][typeof endpoint]>,
  }
}

/** A lease of a connection that an input names, as `shopify/acme`. Callers of one connection share the request. */
export async function leaseOf(name: string, options: ConnectionOptions): Promise<Lease> {
  const ref = parseConnection(name)
  if (ref === undefined) throw createFailure('InvalidConnection', 'that is no connection')
  return await connection(ref.connector, ref.account, options).lease()
}
