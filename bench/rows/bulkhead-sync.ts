import { measureBeside } from '../beside.js'
import type { CallFlows } from '../call-flows.js'
import { FLOW_QUEUE } from '../stage.js'
import { forEach } from '../work.js'
import type { Measured } from '../statistics.js'

const SYNCS = 110
const PAGE_MS = 4000
/** More than anybody reads. */
const PAGES = 100_000

/** A refresh and a call beside more syncs than a keeper has slots, of an upstream that takes 4 s a page. */
export async function measure(): Promise<Measured> {
  const load = async ({ stage }: CallFlows): Promise<void> => {
    const { client, keeper, upstream } = stage
    await keeper.connect('shop', 'bench', { refreshToken: 'bench.3600' })
    await upstream.setDelay(PAGE_MS)
    const syncs = Array.from({ length: SYNCS }, (_, index) => index)
    await forEach(syncs, 10, async (index) => {
      await client.workflow.start('syncFlow', {
        taskQueue: FLOW_QUEUE,
        workflowId: `slow-${String(index)}`,
        args: [
          {
            from: {
              connection: 'shop/bench',
              endpoint: 'orders.list',
              input: { page: 0, pages: PAGES },
            },
            to: { sink: 'drop' },
          },
        ],
      })
    })
  }
  return await measureBeside({ load, settleMs: 8000 })
}
