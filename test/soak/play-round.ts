import { setTimeout as sleep } from 'node:timers/promises'
import { TokenkeeperError } from '../../src/client/errors/tokenkeeper-error.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { MISBEHAVIOURS } from '../fixtures/misbehaving-proxy.js'
import { until } from '../integration/until.js'
import type { Kill, RealDisturbance, RealSchedule } from './real-schedule.js'
import type { Lane, SoakStage } from './soak-stage.js'

const LOOK_EVERY_MS = 400
const KILL_EVERY_MS = 200
/** Whatever is scheduled, a sync and its replays are over long before. */
const LIMIT_MS = 300_000

/** How the runs of a sync ended, one after the other; the last one `done`. */
export type Ends = readonly string[]

/** Plays one schedule a lane, all at once, while the keeper worker is killed under them. */
export async function playRound(
  stage: SoakStage,
  schedules: readonly RealSchedule[],
  kills: readonly Kill[],
): Promise<readonly Ends[]> {
  const over = new AbortController()
  const killing = killKeeper(stage, kills)
  try {
    return await Promise.all(
      stage.lanes.map(async (lane, index) => {
        const schedule = schedules[index]
        if (schedule === undefined) throw new Error(`no schedule for lane ${String(index)}`)
        return await playLane(stage, lane, schedule, over.signal).catch((error: unknown) => {
          throw new Error(`schedule ${JSON.stringify(schedule)}`, { cause: error })
        })
      }),
    )
  } finally {
    over.abort()
    await killing
  }
}

async function killKeeper(stage: SoakStage, kills: readonly Kill[]): Promise<void> {
  const startedAtMs = Date.now()
  for (const { atMs, signal } of [...kills].sort((one, other) => one.atMs - other.atMs)) {
    await sleep(Math.max(0, startedAtMs + atMs - Date.now()))
    await stage.restartKeeper(signal)
  }
}

async function playLane(
  stage: SoakStage,
  lane: Lane,
  schedule: RealSchedule,
  over: AbortSignal,
): Promise<Ends> {
  const { keeper } = stage
  const grant = { refreshToken: '' }
  const authorise = async (): Promise<void> => {
    const { refreshToken } = await fetchRefreshToken(stage.server)
    grant.refreshToken = refreshToken
    await keeper.connect(`shop-${lane.pair.id}`, 'default', { refreshToken })
  }
  // A keeper that is killed in the middle of it may have used the grant up: the message says to get a new one.
  await authorise().catch(() => authorise())
  await connectErp(stage, `erp-${lane.pair.id}`)
  lane.shop.next(...schedule.shop)
  lane.erp.next(...schedule.erp)
  lane.tokens.next(...schedule.tokens)
  const { maxWaitMs } = schedule
  await stage.start(lane, maxWaitMs === undefined ? {} : { maxWait: maxWaitMs })
  const done = new AbortController()
  const stop = AbortSignal.any([over, done.signal, AbortSignal.timeout(LIMIT_MS)])
  const operating = operate(stage, lane, authorise, stop)
  const disturbing = schedule.disturbances.map((one) => disturb(stage, lane, one, grant, authorise))
  try {
    return await untilDone(stage, lane, stop)
  } finally {
    done.abort()
    await Promise.all([operating, ...disturbing])
  }
}

/** Where keepers die on a slow machine, a connect may take longer than its answer waits: it says then what to look at. */
async function connectErp({ keeper, erpKey }: SoakStage, connector: string): Promise<void> {
  try {
    await keeper.connect(connector, 'default', { apiKey: erpKey })
  } catch (error) {
    if (!(error instanceof TokenkeeperError) || error.code !== 'StillTrying') throw error
    const status = () => keeper.status(connector).catch(() => undefined)
    await until(status, (found) => found?.status === 'active', LIMIT_MS)
  }
}

/** Waits for the sync; replays it whenever it ended without being done. */
async function untilDone(stage: SoakStage, lane: Lane, stop: AbortSignal): Promise<Ends> {
  const workflowId = `soak-${stage.run}-${lane.flow}`
  const ends: string[] = []
  for (;;) {
    const { status, runId } = await stage.client.workflow.getHandle(workflowId).describe()
    if (status.name === 'COMPLETED') return [...ends, 'done']
    if (stop.aborted) throw new Error(`${workflowId} is ${status.name} after ${ends.join(', ')}`)
    if (status.name === 'RUNNING') await sleep(LOOK_EVERY_MS)
    else {
      ends.push(status.name.toLowerCase())
      const replay = await stage.keeper.replay(workflowId)
      if (replay.outcome !== 'replayed' || replay.runId !== runId)
        throw new Error(`not replayed: ${JSON.stringify(replay)}`)
    }
  }
}

/** Authorises the shop again whenever it needs it. */
async function operate(
  { keeper }: SoakStage,
  { pair }: Lane,
  authorise: () => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    await sleep(LOOK_EVERY_MS)
    try {
      const { status } = await keeper.status(`shop-${pair.id}`)
      if (status === 'needs_reauth' || status === 'rejected') await authorise()
    } catch (error) {
      // The keeper worker is down; it is asked again.
      if (!(error instanceof TokenkeeperError)) throw error
    }
  }
}

async function disturb(
  stage: SoakStage,
  lane: Lane,
  disturbance: RealDisturbance,
  grant: { readonly refreshToken: string },
  authorise: () => Promise<void>,
): Promise<void> {
  await sleep(disturbance.atMs)
  const handle = stage.client.workflow.getHandle(`soak-${stage.run}-${lane.flow}`)
  const ignoreEnded = (): void => undefined
  switch (disturbance.what) {
    case 'revoke-token':
      // It may have read its last page.
      await Promise.race([stage.shop.revokeDuringNextPage(lane.flow), sleep(3000)])
      return
    case 'revoke-grant':
      await stage.server.revokeGrantOf(grant.refreshToken)
      await sleep(disturbance.authoriseAfterMs)
      await authorise().catch(ignoreEnded)
      return
    case 'kill-tokens':
      for (let times = 0; times < disturbance.times; times += 1) {
        await stage.server.revokeAccessTokensOf(grant.refreshToken)
        await sleep(KILL_EVERY_MS)
      }
      return
    case 'refusals':
      lane.shop.always(MISBEHAVIOURS.unauthorized)
      await sleep(disturbance.forMs)
      lane.shop.always(MISBEHAVIOURS.pass)
      return
    case 'cancel':
      await handle.cancel().catch(ignoreEnded)
      return
    case 'terminate':
      await handle.terminate('a schedule').catch(ignoreEnded)
  }
}
