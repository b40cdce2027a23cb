import { startChild } from './child.js'
import { FLOW_QUEUE, KEEPER_QUEUE, type Stage, startFlowWorker, startStage } from './stage.js'
import { forEach, timed } from './work.js'
import type { WorkerProcessConfig } from './worker-process.js'

const PLAIN_QUEUE = 'plain-calls'
/** Temporal refuses more than about 500 waits for results at once. */
const AT_ONCE = 50

/** Flows with one call each, by either side; keeper, plain worker and upstream have processes of their own. */
export interface CallFlows {
  readonly stage: Stage
  /** Runs as many flows, and gives the milliseconds until all are done. */
  readonly ours: (
    count: number,
    account: (flow: number) => string,
    atOnce?: number,
  ) => Promise<number>
  readonly plain: (count: number, atOnce?: number) => Promise<number>
}

export async function startCallFlows(): Promise<CallFlows> {
  const stage = await startStage()
  const { address, keyFile, upstream, client } = stage
  const { origin } = upstream
  const config = { address, keyFile, origin }
  const startWorker = async (
    side: WorkerProcessConfig['side'],
    taskQueue: string,
  ): Promise<void> => {
    await startChild('worker-process.js', {
      ...config,
      side,
      taskQueue,
    } satisfies WorkerProcessConfig)
  }
  await startWorker('keeper', KEEPER_QUEUE)
  await startWorker('plain-calls', PLAIN_QUEUE)
  await startFlowWorker(address)
  let flows = 0
  const run = (type: string, count: number, atOnce: number, args: (flow: number) => string[]) =>
    timed(() =>
      forEach(
        Array.from({ length: count }, (_, flow) => flow),
        atOnce,
        async (flow) => {
          flows += 1
          const workflowId = `${type}-${String(flows)}`
          const options = { taskQueue: FLOW_QUEUE, workflowId, args: args(flow) }
          await client.workflow.execute(type, options)
        },
      ),
    )
  return {
    stage,
    ours: (count, account, atOnce = AT_ONCE) =>
      run('callFlow', count, atOnce, (flow) => ['shop', account(flow)]),
    plain: (count, atOnce = AT_ONCE) => run('plainCallFlow', count, atOnce, () => [PLAIN_QUEUE]),
  }
}

/** Connections whose tokens are good. */
export async function connectAccounts({ keeper }: Stage, count: number): Promise<string[]> {
  const accounts = Array.from({ length: count }, (_, index) => `good${String(index)}`)
  for (const account of accounts)
    await keeper.connect('shop', account, { refreshToken: `${account}.3600` })
  return accounts
}
