import { condition, defineSignal, setHandler } from '@temporalio/workflow'
import { connection } from '../../workflows/index.js'

export { syncFlow, tokenWorkflow } from '../../workflows/index.js'

export interface ProbeInput {
  readonly connector: string
  readonly account: string
  readonly taskQueue: string
  readonly maxWait?: string
}

/** Asks for one lease and tells its generation. */
export async function leaseOnce(input: ProbeInput): Promise<number> {
  const { connector, account, taskQueue, maxWait } = input
  const options = { taskQueue, ...(maxWait === undefined ? {} : { maxWait }) }
  const lease = await connection(connector, account, options).lease()
  return lease.generation
}

export interface CallInput extends ProbeInput {
  readonly endpoint: string
  readonly input?: Readonly<Record<string, unknown>>
}

/** Calls one endpoint. */
export async function callOnce(input: CallInput): Promise<unknown> {
  const { connector, account, taskQueue, maxWait } = input
  const options = { taskQueue, ...(maxWait === undefined ? {} : { maxWait }) }
  return await connection(connector, account, options).call(input.endpoint, input.input ?? {})
}

/** Calls an endpoint each time it is told to, until it is told to end. */
export async function callOnSignal(input: CallInput): Promise<number> {
  let wanted = 0
  let ended = false
  let calls = 0
  setHandler(defineSignal('call'), () => {
    wanted += 1
  })
  setHandler(defineSignal('end'), () => {
    ended = true
  })
  const { connector, account, taskQueue } = input
  const upstream = connection(connector, account, { taskQueue })
  for (;;) {
    await condition(() => ended || calls < wanted)
    if (ended) return calls
    await upstream.call(input.endpoint, input.input ?? {})
    calls += 1
  }
}
