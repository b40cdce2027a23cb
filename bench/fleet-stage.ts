import { effort } from './effort.js'
import { HOUR_MS, startFleet, startKeeperProcess } from './fleet.js'
import { KEEPER_QUEUE, type Stage, startFlowWorker, startStage } from './stage.js'
import { timed } from './work.js'

const CONNECTIONS = effort(2000, 100)
/** By these it is seen how fast connections are made here. They are none of the fleet. */
const TRIED = effort(100, 20)
/** From the start of a connection until it is found as an active one, however few they are. */
const SLOWEST_MS = 2500
/** The rate falls a little as they become more. */
const MARGIN = 1.35
/** Other rows come and go with `--quick`. */
const MARGIN_MS = effort(3000, 40_000)

/** What each row does with the fleet until it is due, on a machine that makes a connection in so long. */
const STARTS_TAKE_MS = 50_000
const QUIET_CALLS_TAKE_MS = 20_000
const USUAL_EACH_MS = 55

export interface FleetStage {
  readonly stage: Stage
  readonly accounts: readonly string[]
  /** When all of them are: they are healthy until then. */
  readonly dueAtMs: number
}

/** The rows that this process measures, in this order. */
const MEASURED_HERE = new Set(process.argv.slice(2))

let made: Promise<FleetStage> | undefined

/** A fleet of connections that no keeper looks after; making it takes longer than what is measured, so rows share it. */
export function fleetStage(): Promise<FleetStage> {
  made ??= makeFleet()
  return made
}

async function makeFleet(): Promise<FleetStage> {
  const stage = await startStage()
  await startFlowWorker(stage.address)
  const keeper = await startKeeperProcess(stage, KEEPER_QUEUE)
  const tried = { accounts: namesOf('tried', TRIED), dueAtMs: Date.now() + HOUR_MS }
  const tookMs = await timed(() => startFleet(stage, { taskQueue: KEEPER_QUEUE, ...tried }))
  const eachMs = Math.max(0, tookMs - SLOWEST_MS) / TRIED
  const makingMs = eachMs * CONNECTIONS * MARGIN + SLOWEST_MS + MARGIN_MS
  const accounts = namesOf('fleet', CONNECTIONS)
  const slowness = Math.max(1, eachMs / USUAL_EACH_MS)
  const dueAtMs = Date.now() + makingMs + untilDueMs() * slowness
  await startFleet(stage, { taskQueue: KEEPER_QUEUE, accounts, dueAtMs })
  await keeper.kill()
  return { stage, accounts, dueAtMs }
}

/** From the last connection made until all are due: so long whatever needs them healthy may take. */
function untilDueMs(): number {
  if (!MEASURED_HERE.has('herd-2000')) return HOUR_MS
  return QUIET_CALLS_TAKE_MS + (MEASURED_HERE.has('keeper-start-2000') ? STARTS_TAKE_MS : 0)
}

function namesOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`)
}
