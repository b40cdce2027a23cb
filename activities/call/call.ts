import { Context } from '@temporalio/activity'
import { failureCode } from '../../src/contract/failure.js'
import type { CallInput, CallResult, FlowActivities } from '../../src/contract/flow-activities.js'
import { isLeaseLive } from '../../src/contract/lease.js'
import { ActivityHeartbeat } from '../runtime/activity-heartbeat.js'
import { openClaimed } from '../connection/open-session.js'
import { readJson } from '../connection/read-json.js'
import { resolveConnection, resolveEndpoint } from '../connection/resolve-connection.js'
import { UpstreamFailures } from '../connection/upstream-failures.js'
import type { UpstreamAnswer } from '../connection/upstream-request.js'
import { LeaseExpired } from '../keeper/confirmed-leases.js'
import { retryAfterShortWait, UpstreamWait } from '../runtime/upstream-wait.js'
import type { Keeper } from '../keeper/keeper.js'
import { toCallRequest, whenUnknown } from './call-request.js'

/** What a heartbeat of a write that must not be repeated says: `sent`, it may have left. */
interface CallPhase {
  readonly phase: 'open' | 'sent'
}

/**
 * Calls one endpoint once under a lease. Short waits are sat out here, longer ones are the flow's.
 * @throws ApplicationFailure with a code of the closed table
 */
export function createCall(keeper: Keeper): FlowActivities['tokenkeeper.call'] {
  return (input) => call(keeper, input)
}

async function call(keeper: Keeper, input: CallInput): Promise<CallResult> {
  const { info, cancellationSignal } = Context.current()
  const resolved = resolveConnection(keeper.connectors, input.connection)
  const endpoint = resolveEndpoint(resolved, input.endpoint)
  const repeatable = whenUnknown(endpoint) === 'repeat'
  if (!repeatable && mayBeSent(info.heartbeatDetails))
    throw new UpstreamFailures(resolved.name, input.lease.generation).ambiguous(
      input.endpoint,
      'an attempt before this one ended while it was under way',
    )
  // A retried attempt comes with its old lease.
  if (!isLeaseLive(input.lease, keeper.serverNow()())) return { outcome: 'lease-expired' }
  const session = await openClaimed(keeper, resolved, input.lease, cancellationSignal).catch(
    (error: unknown) => {
      if (error instanceof LeaseExpired) return undefined
      throw error
    },
  )
  if (session === undefined) return { outcome: 'lease-expired' }
  // Values of the lease may stand in the base URL.
  const request = await toCallRequest(session.resolved, endpoint, input)
  const acknowledged = !request.repeatable
  const heartbeat = new ActivityHeartbeat<CallPhase>({ first: { phase: 'open' }, acknowledged })

  const sendOnce = async (): Promise<UpstreamAnswer> => {
    if (request.repeatable) return await session.send(request)
    await session.takeTurn()
    // Acknowledged before anything is sent: after a crash nobody else could know that it was.
    await heartbeat.record({ phase: 'sent' })
    try {
      return await session.send(request)
    } catch (error) {
      if (failureCode(error) !== 'AmbiguousWrite')
        await heartbeat.record({ phase: 'open' }).catch(() => undefined)
      throw error
    }
  }
  try {
    const answer = await retryAfterShortWait(sendOnce, cancellationSignal)
    const result = await readJson(endpoint, input.endpoint, answer, session.failures)
    return {
      outcome: 'done',
      result: plainResult(result ?? null, input.endpoint, session.failures),
    }
  } catch (error) {
    if (error instanceof LeaseExpired) return { outcome: 'lease-expired' }
    if (!(error instanceof UpstreamWait)) throw error
    const { waitMs, reason } = error
    return { outcome: 'wait', waitMs, reason }
  } finally {
    heartbeat.stop()
  }
}

function mayBeSent(details: unknown): boolean {
  return (details as CallPhase | undefined)?.phase === 'sent'
}

/**
 * The result of a call as it goes into the history: exact numbers are texts of their digits, which JSON
 * between Temporal and a workflow can't say otherwise.
 * @throws ApplicationFailure `AnswerInvalid` where the endpoint's response schema made what is no JSON
 */
function plainResult(result: unknown, endpoint: string, failures: UpstreamFailures): unknown {
  try {
    const text = JSON.stringify(result, (_key, part: unknown) =>
      typeof part === 'bigint' ? String(part) : part,
    ) as string | undefined
    return text === undefined ? null : (JSON.parse(text) as unknown)
  } catch {
    throw failures.invalid(endpoint, 'the result can not be written as JSON')
  }
}
