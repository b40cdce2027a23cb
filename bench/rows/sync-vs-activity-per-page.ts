import { effort } from '../effort.js'
import { interleave } from '../interleave.js'
import { runSync, startSyncStage } from '../run-sync.js'
import { FLOW_QUEUE } from '../stage.js'
import { timed } from '../work.js'
import type { Measured } from '../statistics.js'

const PAGES = effort(2000, 400)
/** Its pages all take the same time, and fewer than these do not make it look slower. */
const PAGES_OF_REFERENCE = effort(100, 30)
const WARM_UP_SHARE = 0.1

export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  const { origin, plainToken } = stage.upstream
  let flows = 0
  const pageByPage = async (pages: number): Promise<number> => {
    flows += 1
    const url = `${origin}/orders?page=0&pages=${String(pages)}`
    const input = { url, sink: `${origin}/batch`, token: await plainToken() }
    const tookMs = await timed(() =>
      stage.client.workflow.execute('pageByPageFlow', {
        taskQueue: FLOW_QUEUE,
        workflowId: `pages-${String(flows)}`,
        args: [input],
      }),
    )
    return (pages / tookMs) * 1000
  }
  return await interleave({
    rounds: effort(2, 1),
    warmUp: async () => {
      await runSync(stage, PAGES * WARM_UP_SHARE)
      await pageByPage(PAGES_OF_REFERENCE * WARM_UP_SHARE)
    },
    ours: async () => (PAGES / (await runSync(stage, PAGES)).tookMs) * 1000,
    reference: () => pageByPage(PAGES_OF_REFERENCE),
    unit: 'pages per second',
  })
}
