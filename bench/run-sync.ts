import type { SyncInput, SyncResult } from '../src/contract/sync.js'
import { benchActivities } from './activities.js'
import { FLOW_QUEUE, type Stage, startBenchKeeper, startFlowWorker, startStage } from './stage.js'
import { timed } from './work.js'
import { PAGE_SIZE, SINK_KEY } from './upstream.js'

/** A stage with both connections connected. */
export async function startSyncStage(): Promise<Stage> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  await stage.keeper.connect('shop', 'bench', { refreshToken: 'bench.3600' })
  await stage.keeper.connect('sink', 'default', { apiKey: SINK_KEY })
  await startFlowWorker(stage.address, { activities: benchActivities })
  return stage
}

export interface SyncSource {
  readonly endpoint?: string
  /** What else the first page is asked for by. */
  readonly first?: Readonly<Record<string, unknown>>
  /** Records of a page. */
  readonly pageSize?: number
  /** Where they go. */
  readonly sink?: string
}

let flows = 0

/** Runs `syncFlow` over some pages, from start to result; gives its workflow id and milliseconds. */
export async function runSync(
  { client }: Stage,
  pages: number,
  {
    endpoint = 'orders.list',
    first = { page: 0 },
    pageSize = PAGE_SIZE,
    sink = 'orders.upsert',
  }: SyncSource = {},
): Promise<{ readonly workflowId: string; readonly tookMs: number }> {
  flows += 1
  const workflowId = `sync-${String(flows)}`
  const input: SyncInput = {
    from: {
      connection: 'shop/bench',
      endpoint,
      input: { ...first, pages },
    },
    to: { connection: 'sink', endpoint: sink },
  }
  const tookMs = await timed(async () => {
    const result: unknown = await client.workflow.execute('syncFlow', {
      taskQueue: FLOW_QUEUE,
      workflowId,
      args: [input],
    })
    const { read, written } = result as SyncResult
    if (read !== pages * pageSize || written !== read) throw new Error('records are missing')
  })
  return { workflowId, tookMs }
}
