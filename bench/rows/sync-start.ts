import { effort } from '../effort.js'
import { interleave } from '../interleave.js'
import { runSync, startSyncStage } from '../run-sync.js'
import { FLOW_QUEUE } from '../stage.js'
import { median, type Measured } from '../statistics.js'
import { timed } from '../work.js'

const SYNCS_A_ROUND = effort(20, 8)

/** Milliseconds of a sync with one page, from its start to its result, beside a flow with one activity. */
export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  const { origin, plainToken, setDelay } = stage.upstream
  await setDelay(0)
  const source = {
    endpoint: 'orders.shaped',
    first: { page: 0, size: 10, bytes: 200 },
    pageSize: 10,
    sink: 'orders.take',
  }
  const input = {
    url: `${origin}/orders/shaped?page=0&pages=1&size=10&bytes=200`,
    sink: `${origin}/take`,
    token: await plainToken(),
  }
  const alone = async (run: () => Promise<number>): Promise<number> => {
    const tookMs: number[] = []
    for (let flow = 0; flow < SYNCS_A_ROUND; flow += 1) tookMs.push(await run())
    return median(tookMs)
  }
  let flows = 0
  const plain = async (): Promise<number> =>
    await timed(async () => {
      flows += 1
      const workflowId = `plain-${String(flows)}`
      const args = [input]
      await stage.client.workflow.execute('pageByPageFlow', {
        taskQueue: FLOW_QUEUE,
        workflowId,
        args,
      })
    })
  return await interleave({
    rounds: effort(5, 2),
    ours: () => alone(async () => (await runSync(stage, 1, source)).tookMs),
    reference: () => alone(plain),
    unit: 'ms',
  })
}
