import { effort } from '../effort.js'
import type { SyncInput, SyncResult } from '../../src/contract/sync.js'
import { startSyncStage } from '../run-sync.js'
import { FLOW_QUEUE, type Stage } from '../stage.js'
import { forEach, timed } from '../work.js'
import type { Measured } from '../statistics.js'
import { PAGE_SIZE, SINK_KEY } from '../upstream.js'

const SYNCS = effort(100, 20)
const PAGES = 20
/** Each has failed in its middle. */
const DONE = PAGES / 2
const ACCOUNT = 'failing'

/** From the command to the last result: finding, reading and checking all, starting them, and their pages. */
export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  const since = new Date()
  const ids = await failAll(stage)
  await stage.keeper.connect('sink', ACCOUNT, { apiKey: SINK_KEY })
  let whole = 0
  const tookMs = await timed(async () => {
    const { replayed } = await stage.keeper.replay(
      { connector: 'sink', account: ACCOUNT, since, failure: 'auth' },
      { pace: '100/s' },
    )
    if (replayed.length !== SYNCS) throw new Error(`${String(replayed.length)} are replayed`)
    await forEach(ids, 50, async (workflowId) => {
      const result: unknown = await stage.client.workflow.getHandle(workflowId).result()
      if ((result as SyncResult).read === PAGES * PAGE_SIZE) whole += 1
    })
  })
  return {
    rounds: [tookMs / 1000],
    note: `${String(PAGES - DONE)} of ${String(PAGES)} pages left of each; ${String(whole)} of ${String(SYNCS)} whole`,
    alsoHolds: whole === SYNCS,
  }
}

/** Syncs whose sink has another key by now: each fails with its place, and so is kept. */
async function failAll({ client, keeper }: Stage): Promise<readonly string[]> {
  await keeper.connect('sink', ACCOUNT, { apiKey: 'dead' })
  const count = DONE * PAGE_SIZE
  const input: SyncInput = {
    from: {
      connection: 'shop/bench',
      endpoint: 'orders.list',
      input: { page: 0, pages: PAGES },
    },
    to: { connection: `sink/${ACCOUNT}`, endpoint: 'orders.upsert' },
    // The new runs have it as well, and all ask at once.
    maxWait: '10s',
    checkpoint: {
      cursor: `/orders?page=${String(DONE)}&pages=${String(PAGES)}`,
      counters: { pages: DONE, read: count, written: count },
    },
  }
  const ids = Array.from({ length: SYNCS }, (_, index) => `${ACCOUNT}-${String(index)}`)
  await forEach(ids, SYNCS, async (workflowId) => {
    const run = await client.workflow.start('syncFlow', {
      taskQueue: FLOW_QUEUE,
      workflowId,
      args: [input],
    })
    const failed = await run.result().then(
      () => false,
      () => true,
    )
    if (!failed) throw new Error(`${workflowId} has not failed`)
  })
  const query = `ExecutionStatus = 'Failed' AND WorkflowId STARTS_WITH '${ACCOUNT}-'`
  // Visibility is a little late.
  while ((await client.workflow.count(query)).count < SYNCS)
    await new Promise((resolve) => setTimeout(resolve, 100))
  return ids
}
