import { setTimeout as sleep } from 'node:timers/promises'
import { countActions } from '../count-actions.js'
import { effort } from '../effort.js'
import { startKeeperProcess } from '../fleet.js'
import { fleetStage } from '../fleet-stage.js'
import { interleave } from '../interleave.js'
import { KEEPER_QUEUE, type Stage } from '../stage.js'
import { timed } from '../work.js'
import type { Measured } from '../statistics.js'

const ROUNDS = effort(2, 1)
/** Of a keeper that looks after one connection. */
const QUEUE_OF_ONE = 'one'
const MOST_QUERIES = 20
/** Until the list of all connections is read, and whoever has to be told of something is. */
const TOLD_MS = 3000

/** From the start of a keeper's process to the status of a connection, with so many healthy ones beside it and with none. */
export async function measure(): Promise<Measured> {
  const { stage, accounts, dueAtMs } = await fleetStage()
  const keeper = await startKeeperProcess(stage, QUEUE_OF_ONE)
  await stage.keeperOf(QUEUE_OF_ONE).connect('timed', 'one', { refreshToken: 'one.3600' })
  await keeper.kill()
  const queries: number[] = []
  const measured = await interleave({
    ours: async () => {
      const before = await countQueries()
      const tookMs = await readyMs(stage, KEEPER_QUEUE, accounts[0] ?? '', TOLD_MS)
      queries.push((await countQueries()) - before)
      return tookMs
    },
    reference: () => readyMs(stage, QUEUE_OF_ONE, 'one', 0),
    rounds: ROUNDS,
    warmUp: false,
    unit: 'ms',
  })
  if (Date.now() > dueAtMs)
    throw new Error('it took so long that the fleet was due, and so not healthy any more')
  const most = Math.max(...queries)
  return {
    ...measured,
    note: `${String(accounts.length)} connections: ${measured.note}; at most ${String(most)} queries, the one for the status among them`,
    alsoHolds: most < MOST_QUERIES,
  }
}

/** Of a keeper that is killed some time after it was ready. */
async function readyMs(
  stage: Stage,
  taskQueue: string,
  account: string,
  livesMs: number,
): Promise<number> {
  let kill = (): Promise<void> => Promise.resolve()
  const tookMs = await timed(async () => {
    const keeper = await startKeeperProcess(stage, taskQueue, { bundles: true })
    kill = keeper.kill
    await stage.keeperOf(taskQueue).status('timed', account)
  })
  await sleep(livesMs)
  await kill()
  return tookMs
}

async function countQueries(): Promise<number> {
  const counts = await countActions()
  let queries = 0
  for (const [kind, count] of counts) if (/query/i.test(kind)) queries += count
  return queries
}
