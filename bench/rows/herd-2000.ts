import { setTimeout as sleep } from 'node:timers/promises'
import { effort, QUICK } from '../effort.js'
import { startKeeperProcess } from '../fleet.js'
import { fleetStage } from '../fleet-stage.js'
import { readable } from '../interleave.js'
import { FLOW_QUEUE, KEEPER_QUEUE, type Stage } from '../stage.js'
import { forEach, timed } from '../work.js'
import type { Measured } from '../statistics.js'

const FLOWS = 40
const MOST_MS = 3000
/** Beside other rows only the ratio is judged. */
const JUDGED = effort(`at most ${readable(MOST_MS)}`, 'not judged')
/** From the moment on at which all are due: what is later by 10 s has been held up, and is spread. */
const OUTAGE_MS = 12_000

/**
 * Until the last of 40 flows is done that ask when all connections are due and a keeper has just come up, against
 * 40 flows whose connections alone have no token.
 */
export async function measure(): Promise<Measured> {
  const { stage, accounts, dueAtMs } = await fleetStage()
  const quietMs = await quietCalls(stage)
  if (Date.now() >= dueAtMs)
    throw new Error(
      `the herd was not due at once: what comes before took ${readable(Date.now() - dueAtMs)} ms too long`,
    )
  // Each timer rings, and nobody is there.
  await sleep(dueAtMs + OUTAGE_MS - Date.now())
  await startKeeperProcess(stage, KEEPER_QUEUE)
  const every = Math.floor(accounts.length / FLOWS)
  const asked = accounts.filter((_, index) => index % every === every - 1).slice(0, FLOWS)
  const herdMs = await call(stage, 'timed', asked)
  return {
    rounds: [herdMs / quietMs],
    note: `${String(accounts.length)} connections due: the last after ${readable(herdMs)} ms (${JUDGED}, on two cores that are free), ${readable(quietMs)} ms without a herd`,
    alsoHolds: QUICK || herdMs <= MOST_MS,
  }
}

/** Of connections whose tokens have just ended, by a keeper that has looked after them. */
async function quietCalls(stage: Stage): Promise<number> {
  const keeper = await startKeeperProcess(stage, KEEPER_QUEUE)
  const ended = Array.from({ length: FLOWS }, (_, index) => `quiet${String(index)}`)
  const warmUp = ended.map((account) => `warm-${account}`)
  await forEach([...warmUp, ...ended], 8, async (account) => {
    await stage.keeper.connect('shop', account, { refreshToken: `${account}.1` })
  })
  await sleep(1500)
  await call(stage, 'shop', warmUp)
  const tookMs = await call(stage, 'shop', ended)
  await keeper.kill()
  return tookMs
}

let flows = 0
async function call(
  { client }: Stage,
  connector: string,
  accounts: readonly string[],
): Promise<number> {
  return await timed(() =>
    Promise.all(
      accounts.map(async (account) => {
        flows += 1
        const workflowId = `${connector}-${String(flows)}`
        const args = [connector, account]
        await client.workflow.execute('callFlow', { taskQueue: FLOW_QUEUE, workflowId, args })
      }),
    ),
  )
}
