import { setTimeout as sleep } from 'node:timers/promises'
import { countActions } from '../count-actions.js'
import { effort } from '../effort.js'
import { startFleet, startKeeperProcess } from '../fleet.js'
import { interleave } from '../interleave.js'
import { startFlowWorker, startStage } from '../stage.js'
import { timed } from '../work.js'
import type { Measured } from '../statistics.js'

const CONNECTIONS = effort(2000, 200)
const ROUNDS = effort(3, 2)
const HOUR_MS = 3_600_000
const MOST_QUERIES = 20
/** Until the list of all connections is read, and whoever has to be told of something is. */
const TOLD_MS = 3000

/** From the start of a keeper's process to the status of a connection, with so many healthy ones beside it and with none. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startFlowWorker(stage.address)
  for (const taskQueue of ['many', 'one']) {
    const keeper = await startKeeperProcess(stage, taskQueue)
    const dueAtMs = Date.now() + HOUR_MS
    const accounts = Array.from({ length: CONNECTIONS }, (_, index) => `fleet${String(index)}`)
    if (taskQueue === 'many') await startFleet(stage, { taskQueue, accounts, dueAtMs })
    await stage.keeperOf(taskQueue).connect('timed', taskQueue, { refreshToken: 'a.3600' })
    await keeper.kill()
  }
  const queries: number[] = []
  const ready = async (taskQueue: string): Promise<number> => {
    const before = await countQueries()
    let kill = (): Promise<void> => Promise.resolve()
    const tookMs = await timed(async () => {
      const keeper = await startKeeperProcess(stage, taskQueue)
      kill = keeper.kill
      await stage.keeperOf(taskQueue).status('timed', taskQueue)
    })
    await sleep(TOLD_MS)
    if (taskQueue === 'many') queries.push((await countQueries()) - before)
    await kill()
    return tookMs
  }
  const measured = await interleave({
    ours: () => ready('many'),
    reference: () => ready('one'),
    rounds: ROUNDS,
    warmUp: false,
    unit: 'ms',
  })
  const most = Math.max(...queries)
  return {
    ...measured,
    note: `${measured.note}; at most ${String(most)} queries, the one for the status among them`,
    alsoHolds: most < MOST_QUERIES,
  }
}

async function countQueries(): Promise<number> {
  const counts = await countActions()
  let queries = 0
  for (const [kind, count] of counts) if (/query/i.test(kind)) queries += count
  return queries
}
