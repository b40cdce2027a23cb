import { connectAccounts, startCallFlows } from '../call-flows.js'
import { ActionCounter } from '../count-actions.js'
import { effort } from '../effort.js'
import type { Measured } from '../statistics.js'

const ROUNDS = effort(3, 1)
const FLOWS = 60

/** Actions a flow, by the server's own counter, with the queries that its keeper asks. */
export async function measure(): Promise<Measured> {
  const { stage, ours } = await startCallFlows()
  const [account = ''] = await connectAccounts(stage, 1)
  // The first lease is asked for.
  await ours(1, () => account)
  const counter = new ActionCounter()
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push((await counter.during(() => ours(FLOWS, () => account))) / FLOWS)
  return { rounds, note: `${String(ROUNDS * FLOWS)} flows: ${counter.kinds}` }
}
