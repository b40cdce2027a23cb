import {
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { Lease } from '../src/contract/lease.js'
import { connection } from '../workflows/index.js'
import type { TokenWorkflowInput } from '../workflows/token/token-parts.js'
import type { BenchActivities, CallsInput, PageInput } from './activities.js'
import type { PlainCallActivities } from './plain-call.js'

export { syncFlow } from '../workflows/index.js'

const activities = proxyActivities<BenchActivities>({ startToCloseTimeout: '10m' })
const ask = defineSignal<[string]>('ask')
const answer = defineSignal('answer')

/** Becomes a token workflow with the state that a run before has handed on: nobody else may. */
export async function seedFlow(input: TokenWorkflowInput, taskQueue: string): Promise<never> {
  const become = makeContinueAsNewFunc<(input: TokenWorkflowInput) => Promise<never>>({
    workflowType: 'tokenWorkflow',
    taskQueue,
  })
  return await become(input)
}

/** Asks a connection for a lease; gives the milliseconds between question and answer. */
export async function leaseFlow(connector: string, account: string): Promise<number> {
  const askedAtMs = Date.now()
  const lease: Lease = await connection(connector, account).lease()
  if (lease.expiresAtMs <= Date.now()) throw new Error('the lease is dead')
  return Date.now() - askedAtMs
}

/** The same as a bare round trip: a signal to an echo, and one back. */
export async function bareFlow(echoId: string): Promise<number> {
  const askedAtMs = Date.now()
  let answered = false
  setHandler(answer, () => {
    answered = true
  })
  await getExternalWorkflowHandle(echoId).signal(ask, workflowInfo().workflowId)
  await condition(() => answered)
  return Date.now() - askedAtMs
}

/** Answers whoever signals, all that have come by then at once. */
export async function echo(): Promise<never> {
  const askers: string[] = []
  setHandler(ask, (workflowId) => void askers.push(workflowId))
  for (;;) {
    await condition(() => askers.length > 0)
    const batch = askers.splice(0)
    await Promise.all(batch.map((id) => getExternalWorkflowHandle(id).signal(answer)))
  }
}

/** One call by the keeper worker. */
export async function callFlow(connector: string, account: string): Promise<unknown> {
  return await connection(connector, account).call('order', {})
}

/** One call by a worker that holds the token, with the options that a call has. */
export async function plainCallFlow(taskQueue: string): Promise<unknown> {
  const { plainCall } = proxyActivities<PlainCallActivities>({
    taskQueue,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '10s',
  })
  return await plainCall()
}

/** One activity that makes many calls; gives calls per second. */
export async function callsFlow(input: CallsInput): Promise<number> {
  return await activities.calls(input)
}

/** One activity a page. */
export async function pageByPageFlow(input: PageInput): Promise<number> {
  let pages = 0
  let next: string | undefined = input.url
  while (next !== undefined) {
    next = await activities.movePage({ ...input, url: next })
    pages += 1
  }
  return pages
}
