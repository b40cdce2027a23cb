import { connectAccounts, startCallFlows } from '../call-flows.js'
import { countActions } from '../count-actions.js'
import { effort } from '../effort.js'
import type { Measured } from '../statistics.js'

const ROUNDS = effort(3, 2)
const FLOWS = 60

/** Actions a flow, by the server's own counter, with the queries that its keeper asks. */
export async function measure(): Promise<Measured> {
  const { stage, ours } = await startCallFlows()
  const [account = ''] = await connectAccounts(stage, 1)
  // The first lease is asked for.
  await ours(1, () => account)
  const rounds: number[] = []
  const kinds = new Map<string, number>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await countActions()
    await ours(FLOWS, () => account)
    const after = await countActions()
    let sum = 0
    for (const [kind, count] of after) {
      const more = count - (before.get(kind) ?? 0)
      if (more > 0) kinds.set(kind, (kinds.get(kind) ?? 0) + more)
      sum += more
    }
    rounds.push(sum / FLOWS)
  }
  const note = [...kinds].map(([kind, count]) => `${kind} ${String(count)}`).join(', ')
  return { rounds, note: `${String(ROUNDS * FLOWS)} flows: ${note}` }
}
