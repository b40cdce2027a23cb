import { connectAccounts, startCallFlows } from '../call-flows.js'
import { effort } from '../effort.js'
import { interleave } from '../interleave.js'
import { median, type Measured } from '../statistics.js'

const FLOWS_A_ROUND = effort(20, 8)
const WARM_UP = 4

/** Milliseconds of one such flow, from its start to its result. */
export async function measure(): Promise<Measured> {
  const { stage, ours, plain } = await startCallFlows()
  const [account = ''] = await connectAccounts(stage, 1)
  const alone = async (run: () => Promise<number>): Promise<number> => {
    const tookMs: number[] = []
    for (let flow = 0; flow < FLOWS_A_ROUND; flow += 1) tookMs.push(await run())
    return median(tookMs)
  }
  return await interleave({
    warmUp: async () => {
      await ours(WARM_UP, () => account, 1)
      await plain(WARM_UP, 1)
    },
    ours: () => alone(() => ours(1, () => account, 1)),
    reference: () => alone(() => plain(1, 1)),
    unit: 'ms',
  })
}
