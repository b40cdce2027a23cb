import { effort } from '../effort.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { interleave } from '../interleave.js'
import { FLOW_QUEUE, type Stage, startBenchKeeper, startFlowWorker, startStage } from '../stage.js'
import { forEach, timed } from '../work.js'
import type { Measured } from '../statistics.js'

const FLOWS = effort(1000, 80)
const STARTS_AT_ONCE = 50
/** Temporal refuses more than about 500 waits for results at once. */
const WAITS_AT_ONCE = 100

/** Flows per second from the first start to the last end; a refresh is due before any is answered. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  await startFlowWorker(stage.address)
  const { upstream, keeper, client } = stage
  const refreshes: number[] = []
  let storms = 0
  let echoes = 0
  const measured = await interleave({
    rounds: effort(2, 1),
    warmUp: false,
    ours: async () => {
      storms += 1
      const account = `storm${String(storms)}`
      await keeper.connect('shop', account, { refreshToken: `${account}.1` })
      await sleep(1500)
      const before = await upstream.tokenRequests(account)
      const rate = await runFlows(stage, 'leaseFlow', account, ['shop', account])
      refreshes.push((await upstream.tokenRequests(account)) - before)
      return rate
    },
    reference: async () => {
      echoes += 1
      const echoId = `echo${String(echoes)}`
      await client.workflow.start('echo', { taskQueue: FLOW_QUEUE, workflowId: echoId })
      await sleep(1500)
      return await runFlows(stage, 'bareFlow', `bare${String(echoes)}`, [echoId])
    },
    unit: 'flows per second',
  })
  const most = Math.max(...refreshes)
  const least = Math.min(...refreshes)
  return {
    ...measured,
    note: `${measured.note}; refreshes a storm: ${most === least ? String(most) : `${String(least)} to ${String(most)}`}`,
    alsoHolds: most === 1 && least === 1,
  }
}

async function runFlows(
  { client }: Stage,
  type: string,
  prefix: string,
  args: readonly string[],
): Promise<number> {
  const ids = Array.from({ length: FLOWS }, (_, index) => `${prefix}-${String(index)}`)
  const tookMs = await timed(async () => {
    await forEach(ids, STARTS_AT_ONCE, (workflowId) =>
      client.workflow.start(type, { taskQueue: FLOW_QUEUE, workflowId, args: [...args] }),
    )
    await forEach(ids, WAITS_AT_ONCE, (workflowId) =>
      client.workflow.getHandle(workflowId).result(),
    )
  })
  return (FLOWS / tookMs) * 1000
}
