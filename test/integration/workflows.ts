import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { failureCode } from '../../src/contract/failure.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { workQueueOf } from '../../src/contract/task-queues.js'
import type { LeaseReply } from '../../src/contract/messages.js'
import { connection } from '../../workflows/index.js'

export {
  checkReplayFlow,
  keeperReportFlow,
  previewSyncFlow,
  noticesWorkflow,
  limitWorkflow,
  syncFlow,
  tokenWorkflow,
  watermarkWorkflow,
} from '../../workflows/index.js'

export interface ProbeInput {
  readonly connector: string
  readonly account: string
  readonly taskQueue: string
  readonly maxWait?: string
}

/** Asks for one lease and tells its generation. */
export async function leaseOnce(input: ProbeInput): Promise<number> {
  const { connector, account, taskQueue, maxWait } = input
  const options = { taskQueue, maxWait }
  const lease = await connection(connector, account, options).lease()
  return lease.generation
}

/** Gives an activity that nobody does two seconds, beside a lease: what is cancelled is answered within the workflow task. */
export async function leaseBesideTimeout(input: ProbeInput): Promise<string> {
  await leaseOnce(input)
  const { never } = proxyActivities<{ never: () => Promise<void> }>({
    taskQueue: `nobody-${workflowInfo().workflowId}`,
    startToCloseTimeout: '1 minute',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  })
  return await CancellationScope.withTimeout('2s', never).then(
    () => 'done',
    (error: unknown) => (isCancellation(error) ? 'given up' : String(error)),
  )
}

export interface CallInput extends ProbeInput {
  readonly endpoint: string
  /** The flow asks for a lease before each call, and so hands it in. */
  readonly leased?: boolean
  readonly input?: Readonly<Record<string, unknown>>
}

/** Calls one endpoint. */
export async function callOnce(input: CallInput): Promise<unknown> {
  const { connector, account, taskQueue, maxWait } = input
  const options = { taskQueue, maxWait }
  return await connection(connector, account, options).call(input.endpoint, input.input ?? {})
}

/** Calls an endpoint each time it is told to, until it is told to end. */
export async function callOnSignal(input: CallInput): Promise<number> {
  const told = { calls: 0, end: false }
  let calls = 0
  setHandler(defineSignal('call'), () => {
    told.calls += 1
  })
  setHandler(defineSignal('end'), () => {
    told.end = true
  })
  const { connector, account, taskQueue } = input
  const upstream = connection(connector, account, { taskQueue })
  for (;;) {
    await condition(() => told.end || calls < told.calls)
    if (told.end) return calls
    if (input.leased === true) await upstream.lease()
    await upstream.call(input.endpoint, input.input ?? {})
    calls += 1
  }
}

export interface CrowdInput {
  readonly connection: string
  readonly tokenWorkflowId: string
  readonly waiters: number
  /** The generation that the first `rejecting` of them report as refused. */
  readonly rejected?: number
  readonly rejecting: number
}

export interface CrowdResult {
  readonly answers: number
  readonly generations: readonly number[]
  readonly twice: number
}

/** Many waiters in one flow: sends requests one by one, and counts what comes back to each. */
export async function crowd(input: CrowdInput): Promise<CrowdResult> {
  const seen = new Map<string, number>()
  const generations = new Set<number>()
  setHandler(defineSignal<[LeaseReply]>('tokenkeeper.reply'), (reply) => {
    if (reply.outcome !== 'granted') return
    seen.set(reply.requestId, (seen.get(reply.requestId) ?? 0) + 1)
    generations.add(reply.lease.generation)
  })
  const target = getExternalWorkflowHandle(input.tokenWorkflowId)
  const { workflowId } = workflowInfo()
  const send = async (index: number): Promise<void> => {
    await target.signal('tokenkeeper.lease', {
      requestId: `${workflowId}-${String(index)}`,
      replyTo: workflowId,
      minValidityMs: 0,
      ...(input.rejected !== undefined && index < input.rejecting
        ? {
            // The one before was good: its end is no refusal in a row.
            rejected: {
              generation: input.rejected,
              status: 401,
              passed: { generation: input.rejected - 1, agoMs: 0 },
            },
          }
        : {}),
    })
  }
  await Promise.all(Array.from({ length: input.waiters }, (_none, index) => send(index)))
  await condition(() => seen.size === input.waiters)
  const twice = [...seen.values()].filter((count) => count > 1).length
  return { answers: seen.size, generations: [...generations], twice }
}

/** What requests were answered, by their ids: the last answer of each, and how often a lease came. */
export type Heard = Readonly<
  Record<
    string,
    { readonly outcome: 'granted' | 'denied' | 'waiting' | 'away'; readonly leases: number }
  >
>

/** Waits for the answers to requests that somebody else sends in its name; the query `heard` tells them. */
export async function hearsAnswers(): Promise<void> {
  const heard: Record<string, Heard[string]> = {}
  let over = false
  setHandler(defineSignal<[LeaseReply]>('tokenkeeper.reply'), (reply) => {
    const away = reply.outcome === 'waiting' && reply.askAgainMs !== undefined
    const leases = (heard[reply.requestId]?.leases ?? 0) + (reply.outcome === 'granted' ? 1 : 0)
    heard[reply.requestId] = { outcome: away ? 'away' : reply.outcome, leases }
  })
  setHandler(defineSignal('end'), () => {
    over = true
  })
  setHandler(defineQuery<Heard>('heard'), () => heard)
  await condition(() => over)
}

/** Runs the user's own activity, which uses `authorizedFetch`. */
export async function fetchOnce(): Promise<number> {
  const activities = proxyActivities<{ fetchHere: () => Promise<number> }>({
    startToCloseTimeout: '30s',
  })
  return await activities.fetchHere()
}

export interface FetchInput {
  readonly connector: string
  readonly account: string
  readonly maxWait: string
}

/** As {@link fetchOnce}, of whatever connection, and only once. */
export async function fetchOf(input: FetchInput): Promise<number> {
  const activities = proxyActivities<{ fetchIt: (input: FetchInput) => Promise<number> }>({
    startToCloseTimeout: '2m',
    retry: { maximumAttempts: 1 },
  })
  return await activities.fetchIt(input)
}

export interface AttackInput extends ProbeInput {
  readonly endpoint: string
}

/** A flow of somebody who runs a flow worker: keeps its lease, changes it and hands it in itself. */
export async function keepLease(input: AttackInput): Promise<string> {
  const { connector, account, taskQueue, endpoint } = input
  const lease = await connection(connector, account, { taskQueue }).lease()
  const told: { change?: Readonly<Record<string, unknown>>; end?: true } = {}
  const results: string[] = []
  setHandler(defineSignal<[Readonly<Record<string, unknown>>]>('try'), (change) => {
    told.change = change
  })
  setHandler(defineSignal('end'), () => {
    told.end = true
  })
  setHandler(defineQuery<readonly string[]>('results'), () => results)
  const { 'tokenkeeper.call': call } = proxyActivities<FlowActivities>({
    taskQueue: workQueueOf(taskQueue),
    startToCloseTimeout: '1m',
    heartbeatTimeout: '10s',
    retry: { maximumAttempts: 2 },
  })
  for (;;) {
    await condition(() => told.change !== undefined || told.end === true)
    if (told.end === true) return results.join()
    const { change } = told
    delete told.change
    const connectionName = lease.connection
    results.push(
      await call({
        connection: connectionName,
        lease: { ...lease, ...change },
        endpoint,
        input: {},
        idempotencyKey: 'attack',
      }).then(
        ({ outcome }) => outcome,
        (error: unknown) => failureCode(error) ?? 'failed',
      ),
    )
  }
}
