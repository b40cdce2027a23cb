import { ActionCounter } from '../count-actions.js'
import { effort } from '../effort.js'
import { FLOW_QUEUE, startBenchKeeper, startFlowWorker, startStage } from '../stage.js'
import type { Measured } from '../statistics.js'

const ROUNDS = effort(3, 1)
const FLOWS = 20

/** Actions of a flow that asks for one lease of a token that is good, its start among them. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  await startFlowWorker(stage.address)
  const { client, keeper } = stage
  await keeper.connect('shop', 'good', { refreshToken: 'good.3600' })
  const counter = new ActionCounter()
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const actions = await counter.during(async () => {
      for (let flow = 0; flow < FLOWS; flow += 1)
        await client.workflow.execute('leaseFlow', {
          taskQueue: FLOW_QUEUE,
          workflowId: `lease-${String(round)}-${String(flow)}`,
          args: ['shop', 'good'],
        })
    })
    rounds.push(actions / FLOWS)
  }
  return { rounds, note: `${String(ROUNDS * FLOWS)} flows, one after the other: ${counter.kinds}` }
}
