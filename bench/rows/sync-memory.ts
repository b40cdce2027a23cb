import { effort } from '../effort.js'
import { startChild } from '../child.js'
import { runSync } from '../run-sync.js'
import { FLOW_QUEUE, KEEPER_QUEUE, startFlowWorker, startStage } from '../stage.js'
import type { Measured } from '../statistics.js'
import { PAGE_SIZE, SINK_KEY } from '../upstream.js'
import type { MemoryTold, WorkerProcessConfig } from '../worker-process.js'

const FEW = effort(100_000, 20_000)
const MANY = effort(1_000_000, 80_000)
const MIB = 1024 * 1024
/** What garbage collection leaves to chance. */
const SLACK_MIB = 25
const LOOK_EVERY_MS = 500

/**
 * Highest memory of a keeper worker in a process of its own, after garbage collection, while it moves
 * records: 1,000,000 of them take no more than 100,000 do.
 */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  const { address, keyFile, keeper, upstream } = stage
  const config: WorkerProcessConfig = {
    side: 'keeper',
    address,
    taskQueue: KEEPER_QUEUE,
    keyFile,
    origin: upstream.origin,
  }
  const worker = await startChild<MemoryTold>('worker-process.js', config, ['--expose-gc'])
  await startFlowWorker(address, { taskQueue: FLOW_QUEUE })
  await keeper.connect('shop', 'bench', { refreshToken: 'bench.3600' })
  await keeper.connect('sink', 'default', { apiKey: SINK_KEY })
  await runSync(stage, 20)
  const idle = (await worker.ask({})).residentBytes

  const highest = async (records: number): Promise<number> => {
    const state = { isOver: false }
    const sync = runSync(stage, records / PAGE_SIZE).finally(() => {
      state.isOver = true
    })
    let bytes = 0
    while (!state.isOver) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      bytes = Math.max(bytes, (await worker.ask({})).residentBytes)
    }
    await sync
    return (bytes - idle) / MIB
  }
  const few = await highest(FEW)
  const many = await highest(MANY)
  await worker.kill()
  const rounded = (mib: number): string => mib.toFixed(0)
  return {
    rounds: [many],
    note: `${rounded(few)} MiB with ${FEW.toLocaleString('en')} records, ${rounded(many)} MiB with ${MANY.toLocaleString('en')}, above ${rounded(idle / MIB)} MiB idle`,
    alsoHolds: many <= few + SLACK_MIB,
  }
}
