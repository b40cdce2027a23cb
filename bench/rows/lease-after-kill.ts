import { effort } from '../effort.js'
import { startKeeperProcess } from '../fleet.js'
import { FLOW_QUEUE, KEEPER_QUEUE, type Stage, startFlowWorker, startStage } from '../stage.js'
import { timed } from '../work.js'
import type { Measured } from '../statistics.js'

const ROUNDS = effort(3, 1)

/** From the start of the new process to the lease of a flow that asked when the old one was dead. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startFlowWorker(stage.address)
  let keeper = await startKeeperProcess(stage, KEEPER_QUEUE, { bundles: true })
  await stage.keeper.connect('shop', 'bench', { refreshToken: 'bench.3600' })
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await askLease(stage, `before-${String(round)}`)
    await keeper.kill()
    const asked = await stage.client.workflow.start('leaseFlow', {
      taskQueue: FLOW_QUEUE,
      workflowId: `after-${String(round)}`,
      args: ['shop', 'bench'],
    })
    rounds.push(
      (await timed(async () => {
        const starting = startKeeperProcess(stage, KEEPER_QUEUE, { bundles: true })
        await asked.result()
        keeper = await starting
      })) / 1000,
    )
  }
  return { rounds, note: 'start of Node and bundling of the workflows are in it' }
}

async function askLease({ client }: Stage, workflowId: string): Promise<void> {
  await client.workflow.execute('leaseFlow', {
    taskQueue: FLOW_QUEUE,
    workflowId,
    args: ['shop', 'bench'],
  })
}
