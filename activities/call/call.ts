import { Context } from '@temporalio/activity'
import { failureCode } from '../../src/contract/failure.js'
import type { CallInput, CallResult, FlowActivities } from '../../src/contract/flow-activities.js'
import { type CountedGeneration, isLeaseLive } from '../../src/contract/lease.js'
import type { Endpoint } from '../../src/connectors/connector.js'
import { ActivityHeartbeat } from '../runtime/activity-heartbeat.js'
import { openClaimed, openLease } from '../connection/open-session.js'
import { readJson } from '../connection/read-json.js'
import {
  type ResolvedConnection,
  resolveConnection,
  resolveEndpoint,
} from '../connection/resolve-connection.js'
import { UpstreamFailures } from '../connection/upstream-failures.js'
import type { UpstreamAnswer } from '../connection/upstream-request.js'
import type { UpstreamSession } from '../connection/upstream-session.js'
import { type FindOptions, LeaseExpired, noteRefusal } from '../keeper/confirmed-leases.js'
import type { FoundLease } from '../keeper/lease-query.js'
import { retryAfterShortWait, UpstreamWait } from '../runtime/upstream-wait.js'
import type { Keeper } from '../keeper/keeper.js'
import { toCallRequest, whenUnknown } from './call-request.js'

/** What a heartbeat of a write that must not be repeated says: `sent`, it may have left. */
interface CallPhase {
  readonly phase: 'open' | 'sent'
}

/** A lease that is found may end while the call waits for its turn: then another one is looked for. */
const MAX_FINDS = 3

/**
 * Calls one endpoint once: under the lease that the flow hands in, else under one that is found here.
 * Short waits are sat out here, longer ones are the flow's.
 * @throws ApplicationFailure with a code of the closed table
 */
export function createCall(keeper: Keeper): FlowActivities['tokenkeeper.call'] {
  return (input) => call(keeper, input)
}

async function call(keeper: Keeper, input: CallInput): Promise<CallResult> {
  const { info } = Context.current()
  const resolved = resolveConnection(keeper.connectors, input.connection)
  const endpoint = resolveEndpoint(resolved, input.endpoint)
  // Before any lease is looked for: an attempt that is handed back would forget it.
  if (whenUnknown(endpoint) !== 'repeat' && mayBeSent(info.heartbeatDetails))
    throw new UpstreamFailures(resolved.name, input.lease ?? input.known ?? {}).ambiguous(
      input.endpoint,
      'an attempt before this one ended while it was under way',
    )
  const result = await keeper.callShares.within(resolved.ref.connector, () =>
    callUnderSomeLease(keeper, resolved, endpoint, input),
  )
  return result ?? noSlot()
}

const NO_SLOT = { leastMs: 2000, spreadMs: 4000 }

/** The flow waits, and holds no slot meanwhile. */
function noSlot(): CallResult {
  const waitMs = Math.round(NO_SLOT.leastMs + Math.random() * NO_SLOT.spreadMs)
  return { outcome: 'wait', waitMs, reason: 'all slots that its connector may have are taken' }
}

async function callUnderSomeLease(
  keeper: Keeper,
  resolved: ResolvedConnection,
  endpoint: Endpoint,
  input: CallInput,
): Promise<CallResult> {
  for (let finds = 1; ; finds += 1) {
    try {
      const opened = await open(keeper, resolved, input)
      return 'outcome' in opened ? opened : await callUnder(opened, endpoint, input)
    } catch (error) {
      noteRefusal(keeper.leases, error)
      if (!(error instanceof LeaseExpired)) throw error
      if (input.lease !== undefined) return { outcome: 'lease-expired' }
      if (finds >= MAX_FINDS) return { outcome: 'lease-needed' }
    }
  }
}

/** A session under the lease of the flow, or one that is found; or why there is none. */
async function open(
  keeper: Keeper,
  resolved: ResolvedConnection,
  { lease, known, patienceMs }: CallInput,
): Promise<UpstreamSession | CallResult> {
  const { cancellationSignal } = Context.current()
  if (lease !== undefined) {
    // A retried attempt comes with its old lease.
    if (!isLeaseLive(lease, keeper.serverNow()())) return { outcome: 'lease-expired' }
    return await openClaimed(keeper, resolved, lease, cancellationSignal)
  }
  const found = await findLeaseTraced(keeper, resolved, { known, patienceMs })
  if (found.outcome === 'needed') {
    const { why, known: seen } = found
    return { outcome: 'lease-needed', why, known: seen }
  }
  return await openLease(keeper, resolved, () => Promise.resolve(found.lease), cancellationSignal)
}

/** Of the memory, else by asking, which is a wait that a trace shows. */
async function findLeaseTraced(
  keeper: Keeper,
  resolved: ResolvedConnection,
  options: FindOptions,
): Promise<FoundLease> {
  const held = keeper.leases.heldLease(resolved, options)
  if (held !== undefined) return { outcome: 'granted', lease: held }
  const attributes = { 'tokenkeeper.connection': resolved.name }
  return await keeper.tracing.inSpan('tokenkeeper.lease.wait', attributes, async (span) => {
    const found = await keeper.leases.findLease(resolved, { ...options, awaitsRefresh: true })
    if (found.outcome === 'granted') span.set({ 'tokenkeeper.generation': found.lease.generation })
    return found
  })
}

/** @throws LeaseExpired before anything is sent; ApplicationFailure */
async function callUnder(
  session: UpstreamSession,
  endpoint: Endpoint,
  input: CallInput,
): Promise<CallResult> {
  const { cancellationSignal } = Context.current()
  // Values of the lease may stand in the base URL.
  const request = await toCallRequest(session.resolved, endpoint, input)
  const heartbeat = new ActivityHeartbeat<CallPhase>({
    first: { phase: 'open' },
    acknowledged: !request.repeatable,
    // Most calls are over before anybody could miss them.
    startsQuietly: true,
  })

  const sendOnce = async (): Promise<UpstreamAnswer> => {
    if (request.repeatable) return await session.send(request)
    await session.takeTurn()
    // Acknowledged before anything is sent: after a crash nobody else could know that it was.
    await heartbeat.record({ phase: 'sent' })
    try {
      return await session.send(request)
    } catch (error) {
      if (failureCode(error) !== 'AmbiguousWrite')
        await heartbeat.record({ phase: 'open' })?.catch(() => undefined)
      throw error
    }
  }
  try {
    const answer = await retryAfterShortWait(sendOnce, cancellationSignal)
    const result = await readJson(endpoint, input.endpoint, answer, session.failures)
    return {
      outcome: 'done',
      result: plainResult(result ?? null, input.endpoint, session.failures),
      known: newlyKnown(session.lease, input.known ?? input.lease),
    }
  } catch (error) {
    if (!(error instanceof UpstreamWait)) throw error
    const { waitMs, reason } = error
    return { outcome: 'wait', waitMs, reason }
  } finally {
    heartbeat.stop()
  }
}

/** What the flow does not know yet of the generation that it was served with. */
function newlyKnown(
  { generation, firstExecutionRunId }: CountedGeneration,
  known: CountedGeneration | undefined,
): CountedGeneration | undefined {
  const isKnown =
    known?.generation === generation && known.firstExecutionRunId === firstExecutionRunId
  return isKnown ? undefined : { generation, firstExecutionRunId }
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
