import { effort } from '../effort.js'
import { interleave } from '../interleave.js'
import { FLOW_QUEUE, startBenchKeeper, startFlowWorker, startStage } from '../stage.js'
import { median, type Measured } from '../statistics.js'

const FLOWS_A_ROUND = effort(15, 5)

/** Milliseconds between question and answer, as the flow sees them: one flow at a time. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  await startFlowWorker(stage.address)
  const { client, keeper } = stage
  await keeper.connect('shop', 'bench', { refreshToken: 'bench.3600' })
  await client.workflow.start('echo', { taskQueue: FLOW_QUEUE, workflowId: 'echo' })
  let flows = 0
  const run = async (type: string, args: string[]): Promise<number> => {
    const tookMs: number[] = []
    for (let flow = 0; flow < FLOWS_A_ROUND; flow += 1) {
      flows += 1
      const workflowId = `${type}-${String(flows)}`
      const options = { taskQueue: FLOW_QUEUE, workflowId, args }
      tookMs.push((await client.workflow.execute(type, options)) as number)
    }
    return median(tookMs)
  }
  return await interleave({
    ours: () => run('leaseFlow', ['shop', 'bench']),
    reference: () => run('bareFlow', ['echo']),
    unit: 'ms',
  })
}
