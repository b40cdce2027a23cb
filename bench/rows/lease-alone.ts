import { effort } from '../effort.js'
import { interleave } from '../interleave.js'
import { FLOW_QUEUE, startBenchKeeper, startFlowWorker, startStage } from '../stage.js'
import { median, type Measured } from '../statistics.js'

const FLOWS_A_ROUND = effort(15, 5)
const WARM_UP = 3

/** Milliseconds between question and answer, as the flow sees them: one flow at a time. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  await startFlowWorker(stage.address)
  const { client, keeper } = stage
  await keeper.connect('shop', 'bench', { refreshToken: 'bench.3600' })
  await client.workflow.start('echo', { taskQueue: FLOW_QUEUE, workflowId: 'echo' })
  let flows = 0
  const run = async (type: string, args: string[], times = FLOWS_A_ROUND): Promise<number> => {
    const tookMs: number[] = []
    for (let flow = 0; flow < times; flow += 1) {
      flows += 1
      const workflowId = `${type}-${String(flows)}`
      const options = { taskQueue: FLOW_QUEUE, workflowId, args }
      tookMs.push((await client.workflow.execute(type, options)) as number)
    }
    return median(tookMs)
  }
  return await interleave({
    warmUp: async () => {
      await run('leaseFlow', ['shop', 'bench'], WARM_UP)
      await run('bareFlow', ['echo'], WARM_UP)
    },
    ours: () => run('leaseFlow', ['shop', 'bench']),
    reference: () => run('bareFlow', ['echo']),
    unit: 'ms',
  })
}
