import type { WorkflowHandle } from '@temporalio/client'
import { SYNC_QUERIES, type SyncProgressReport, type SyncResult } from '../src/contract/sync.js'
import type { Cast } from './cast.js'
import { IMPATIENT, IMPATIENT_WAITS, RETRY_AFTER_SECONDS, SECOND } from './flows.js'
import { authoriseShop, shareDone, type Stagehand, startSync, syncId } from './stagehand.js'

/** What chapter two counts, each by who knows it. */
export interface SecondChapter {
  readonly flows: readonly string[]
  /** Flows that waited for the dead grant, as the token workflow knew them. */
  readonly parked: number
  /** Those of them that went on by themselves. */
  readonly resumed: number
  readonly replayed: number
  /** What the shop asked for, summed over the flows: as their results say. */
  readonly waitedSeconds: number
}

/** Steps 6 to 9: the grant dies, the shop has enough while the keeper is restarted, a failed flow is replayed. */
export async function playSecondChapter(cast: Cast, stagehand: Stagehand): Promise<SecondChapter> {
  const { tell, show, until } = stagehand
  show(SECOND)
  const names = Object.keys(SECOND)
  const flows = new Map<string, WorkflowHandle<() => Promise<SyncResult>>>()
  for (const flow of names) {
    const more = flow === IMPATIENT ? { maxWait: IMPATIENT_WAITS } : {}
    flows.set(syncId(flow), await startSync(cast, flow, more))
  }
  tell(
    `6 · three more flows; ${syncId(IMPATIENT)} waits for no connection longer than ${IMPATIENT_WAITS}`,
  )
  await until('a part of chapter two', () => shareDone(cast, SECOND) >= 0.1)
  const parked = await loseGrant(cast, stagehand)
  const failed = await untilFailed(cast, stagehand)
  await authoriseShop(cast)
  tell('7 · the operator authorised the shop again, by the real code flow')
  const atOnce = shareDone(cast, SECOND)
  await until('the parked flows', () => shareDone(cast, SECOND) > atOnce)
  tell('7 · the parked flows went on at their page, by themselves')
  await limit(cast, stagehand)
  const replay = await cast.keeper.replay(failed)
  if (replay.outcome !== 'replayed') throw new Error(`not replayed: ${JSON.stringify(replay)}`)
  tell(`9 · ${failed} was replayed from its place: page ${String(replay.counters.pages + 1)}`)
  flows.set(failed, cast.client.workflow.getHandle(failed))
  const results = await Promise.all(
    [...flows].map(async ([id, flow]) => ({ id, ...(await flow.result()) })),
  )
  const waits = results.flatMap((result) => result.waits)
  const waitedMs = waits
    .filter(({ why }) => /429|rate limit/.test(why))
    .reduce((sum, { totalMs }) => sum + totalMs, 0)
  return {
    flows: [...flows.keys()],
    parked: parked.length,
    resumed: parked.filter((id) =>
      results.some((result) => result.id === id && result.replayOf === undefined),
    ).length,
    replayed: results.filter(({ replayOf }) => replayOf !== undefined).length,
    waitedSeconds: Math.round(waitedMs / 100) / 10,
  }
}

/** The authorization server ends the grant in the middle of the syncs; gives the flows that park. */
async function loseGrant(
  { authorizationServer, shop, keeper }: Cast,
  { tell, until }: Stagehand,
): Promise<readonly string[]> {
  // Right after a refresh: one that is under way would bring a token that is dead already, and that
  // is no dead grant to a flow but a fresh token that is refused.
  const { generation } = await keeper.status('shop', 'acme')
  await until('the next generation', async () => {
    return (await keeper.status('shop', 'acme')).generation > generation
  })
  await authorizationServer.revokeGrants()
  shop.tokensWereRevoked(authorizationServer.issued)
  tell('6 · the authorization server revoked the grant in the middle of the syncs')
  const parked = new Set<string>()
  await until('the flows to park', async () => {
    const { status, waitingFlows } = await keeper.status('shop', 'acme')
    for (const flow of waitingFlows) parked.add(flow)
    return status === 'needs_reauth' && parked.size === Object.keys(SECOND).length
  })
  const { status, reason } = await keeper.status('shop', 'acme')
  tell(`6 · shop/acme is ${status}: ${reason ?? ''}; parked: ${[...parked].join(', ')}`)
  return [...parked]
}

async function untilFailed({ client }: Cast, { tell, until }: Stagehand): Promise<string> {
  const workflowId = syncId(IMPATIENT)
  await until(`${workflowId} to give up`, async () => {
    const { status } = await client.workflow.getHandle(workflowId).describe()
    return status.name === 'FAILED'
  })
  tell(`6 · ${workflowId} has failed, with its place kept`)
  return workflowId
}

/** The shop answers 429 for a while; the keeper worker is restarted in the middle of it. */
async function limit(cast: Cast, { tell, until }: Stagehand): Promise<void> {
  const { shop } = cast
  const { [IMPATIENT]: _failed, ...patient } = SECOND
  await until('the half of what goes on', () => shareDone(cast, patient) >= 0.5)
  shop.limitFor(RETRY_AFTER_SECONDS)
  const ids = Object.keys(patient).map(syncId)
  await until('the flows to wait for the shop', async () => {
    const states = await Promise.all(ids.map((id) => stateOf(cast, id)))
    return states.every((state) => state === 'waiting' || state === 'done')
  })
  tell(
    `8 · the shop answered 429, Retry-After ${String(RETRY_AFTER_SECONDS)}: flows wait by timers`,
  )
  const child = cast.keeperProcess()
  child.kill('SIGTERM')
  await child.ended
  const { pid } = await cast.startKeeper()
  tell(`8 · the keeper worker was restarted in the middle of the wait (process ${String(pid)})`)
  const atOnce = shareDone(cast, patient)
  await until('the end of the wait', () => shareDone(cast, patient) > atOnce)
}

/** What a sync does now; `done` where it has ended. */
async function stateOf({ client }: Cast, workflowId: string): Promise<string> {
  const handle = client.workflow.getHandle(workflowId)
  if ((await handle.describe()).status.name !== 'RUNNING') return 'done'
  const { state } = await handle.query<SyncProgressReport>(SYNC_QUERIES.progress)
  return state
}
