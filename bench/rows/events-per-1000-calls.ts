import { effort } from '../effort.js'
import { readable } from '../interleave.js'
import { runSync, startSyncStage } from '../run-sync.js'
import type { Stage } from '../stage.js'
import { median, type Measured } from '../statistics.js'

const ROUNDS = effort(3, 1)
/** One read and one write a page. */
const PAGES = 500
const TOKEN_WORKFLOWS = ['token:shop:bench', 'token:sink:default']

export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  const rounds: number[] = []
  const atTokens: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await eventsOf(stage, TOKEN_WORKFLOWS)
    const { workflowId } = await runSync(stage, PAGES)
    rounds.push(await eventsOf(stage, [workflowId]))
    atTokens.push((await eventsOf(stage, TOKEN_WORKFLOWS)) - before)
  }
  return {
    rounds,
    note: `and ${readable(median(atTokens))} in its two token workflows`,
  }
}

async function eventsOf({ client }: Stage, workflowIds: readonly string[]): Promise<number> {
  const described = await Promise.all(
    workflowIds.map((id) => client.workflow.getHandle(id).describe()),
  )
  return described.reduce((sum, { historyLength }) => sum + historyLength, 0)
}
