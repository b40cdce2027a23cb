import { effort } from '../effort.js'
import { interleave } from '../interleave.js'
import { runSync, startSyncStage } from '../run-sync.js'
import { FLOW_QUEUE } from '../stage.js'
import { timed } from '../work.js'
import type { Measured } from '../statistics.js'

const PAGES = effort(2000, 400)
/** Its pages all take the same time, and fewer than these do not make it look slower. */
const PAGES_OF_REFERENCE = effort(200, 30)

export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  const { origin, plainToken } = stage.upstream
  let flows = 0
  return await interleave({
    rounds: 3,
    ours: async () => (PAGES / (await runSync(stage, PAGES)).tookMs) * 1000,
    reference: async () => {
      flows += 1
      const url = `${origin}/orders?page=0&pages=${String(PAGES_OF_REFERENCE)}`
      const input = { url, sink: `${origin}/batch`, token: await plainToken() }
      const tookMs = await timed(() =>
        stage.client.workflow.execute('pageByPageFlow', {
          taskQueue: FLOW_QUEUE,
          workflowId: `pages-${String(flows)}`,
          args: [input],
        }),
      )
      return (PAGES_OF_REFERENCE / tookMs) * 1000
    },
    unit: 'pages per second',
  })
}
