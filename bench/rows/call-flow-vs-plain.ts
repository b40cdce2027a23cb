import { connectAccounts, startCallFlows } from '../call-flows.js'
import { effort } from '../effort.js'
import { interleave } from '../interleave.js'
import type { Measured } from '../statistics.js'

const FLOWS = effort(200, 60)
const CONNECTIONS = 10
const WARM_UP = effort(60, 20)

/** Flows per second, 50 at once: good tokens of ten connections against a token in memory. */
export async function measure(): Promise<Measured> {
  const { stage, ours, plain } = await startCallFlows()
  const accounts = await connectAccounts(stage, CONNECTIONS)
  const perSecond = (tookMs: number): number => (FLOWS / tookMs) * 1000
  const oursOf = (count: number) => ours(count, (flow) => accounts[flow % CONNECTIONS] ?? '')
  return await interleave({
    rounds: effort(3, 2),
    warmUp: async () => {
      await oursOf(WARM_UP)
      await plain(WARM_UP)
    },
    ours: async () => perSecond(await oursOf(FLOWS)),
    reference: async () => perSecond(await plain(FLOWS)),
    unit: 'flows per second',
  })
}
