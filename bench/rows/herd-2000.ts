import { setTimeout as sleep } from 'node:timers/promises'
import { effort } from '../effort.js'
import { startFleet, startKeeperProcess } from '../fleet.js'
import { readable } from '../interleave.js'
import { FLOW_QUEUE, KEEPER_QUEUE, type Stage, startFlowWorker, startStage } from '../stage.js'
import { forEach, timed } from '../work.js'
import type { Measured } from '../statistics.js'

const CONNECTIONS = effort(2000, 200)
const FLOWS = 40
/** So long the fleet takes to start, and more. */
const DUE_AFTER_MS = effort(60_000, 20_000)
const MOST_MS = 3000

/**
 * Until the last of 40 flows is done that ask when all connections are due and a keeper has just come up, against
 * 40 flows whose connections alone have no token.
 */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startFlowWorker(stage.address)
  const first = await startKeeperProcess(stage, KEEPER_QUEUE)
  const ended = Array.from({ length: FLOWS }, (_, index) => `alone${String(index)}`)
  const warmUp = ended.map((account) => `warm-${account}`)
  await forEach([...warmUp, ...ended], 8, async (account) => {
    await stage.keeper.connect('shop', account, { refreshToken: `${account}.1` })
  })
  await sleep(1500)
  await call(stage, 'shop', warmUp)
  const aloneMs = await call(stage, 'shop', ended)
  const accounts = Array.from({ length: CONNECTIONS }, (_, index) => `herd${String(index)}`)
  const dueAtMs = Date.now() + DUE_AFTER_MS
  await startFleet(stage, { taskQueue: KEEPER_QUEUE, accounts, dueAtMs })
  const lateMs = Date.now() - dueAtMs
  await first.kill()
  // Until every timer has rung.
  await sleep(Math.max(0, dueAtMs + 4000 - Date.now()))
  await startKeeperProcess(stage, KEEPER_QUEUE)
  const every = Math.floor(CONNECTIONS / FLOWS)
  const asked = accounts.filter((_, index) => index % every === every - 1).slice(0, FLOWS)
  const herdMs = await call(stage, 'timed', asked)
  return {
    rounds: [herdMs / aloneMs],
    note: `${lateMs > 0 ? `the herd started ${readable(lateMs)} ms too late, so a part of it was not due; ` : ''}the last after ${readable(herdMs)} ms, ${readable(aloneMs)} ms without a herd; at most ${readable(MOST_MS)} ms on two cores that are free`,
  }
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
