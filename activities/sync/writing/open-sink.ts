import { createFailure } from '../../../src/contract/failure.js'
import type { Lease } from '../../../src/contract/lease.js'
import { isFunctionSink } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { resolveConnection, resolveEndpoint } from '../../connection/resolve-connection.js'
import { openClaimed } from '../../connection/open-session.js'
import { UpstreamFailures } from '../../connection/upstream-failures.js'
import type { Keeper } from '../../keeper/keeper.js'
import { whenUnknown } from '../../call/call-request.js'
import { EndpointSink } from './endpoint-sink.js'
import { createFunctionSink } from './function-sink.js'
import type { Sink } from './sink.js'
import { needSink } from '../../keeper/sync-functions.js'

/**
 * Finds the sink of a sync, whatever kind it is, and gives what opens it: nothing is opened under a
 * lease that has died.
 * @param isSent an attempt before this one may have left a batch under way
 * @throws ApplicationFailure `UnknownConnector`, `UnknownEndpoint`, `UnknownFunction`, `InvalidInput`,
 * `AmbiguousWrite`
 */
export function findSink(
  keeper: Keeper,
  { to, from, lineage }: SyncSliceInput,
  attempt: number,
  isSent: boolean,
): (signal: AbortSignal, toLease: Lease | undefined) => Promise<Sink> {
  if (isFunctionSink(to)) {
    const run = needSink(keeper.functions, to.sink)
    const { connection } = from
    return () => Promise.resolve(createFunctionSink({ to, run, lineage, attempt, connection }))
  }
  const resolved = resolveConnection(keeper.connectors, to.connection)
  const endpoint = resolveEndpoint(resolved, to.endpoint)
  // Before any lease is looked at: a slice that is handed back would forget it.
  if (isSent && whenUnknown(endpoint) === 'fail')
    throw new UpstreamFailures(resolved.name, {}).ambiguous(
      to.endpoint,
      'an attempt before this one ended while it was under way',
    )
  return async (signal, toLease) => {
    if (toLease === undefined)
      throw createFailure('InvalidInput', `There is no lease for ${resolved.name}.`, {
        connection: resolved.name,
      })
    const session = await openClaimed(keeper, resolved, toLease, signal)
    return await EndpointSink.open(session, endpoint, to, lineage)
  }
}
