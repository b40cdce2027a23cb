import { effort, QUICK } from '../effort.js'
import { type BenchChild, startChild } from '../child.js'
import { interleave } from '../interleave.js'
import { type Stage, startStage } from '../stage.js'
import { forEach } from '../work.js'
import { median, type Measured } from '../statistics.js'
import type { MemoryTold, WorkerProcessConfig } from '../worker-process.js'

const WARM_UP = effort(60, 30)
const COUNT = effort(300, 60)
/** Of few workflows it is left to chance, with `--quick`. */
const MOST_KIB = 250

/** KiB a cached workflow, in a worker process of its own, after garbage collection. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  let processes = 0
  const ours: number[] = []
  const perWorkflow = async (side: WorkerProcessConfig['side']): Promise<number> => {
    processes += 1
    const taskQueue = `memory-${String(processes)}`
    const child = await startWorker(stage, side, taskQueue)
    const start = side === 'keeper' ? startTokenWorkflow : startIdleFlow
    const ids = Array.from({ length: WARM_UP + COUNT }, (_, index) => `m${processes}x${index}`)
    await forEach(ids.slice(0, WARM_UP), 8, (id) => start(stage, taskQueue, id))
    const before = await child.ask({})
    await forEach(ids.slice(WARM_UP), 8, (id) => start(stage, taskQueue, id))
    const after = await child.ask({})
    await child.kill()
    return (after.residentBytes - before.residentBytes) / COUNT / 1024
  }
  const measured = await interleave({
    ours: async () => {
      const kib = await perWorkflow('keeper')
      ours.push(kib)
      return kib
    },
    reference: () => perWorkflow('bare'),
    rounds: effort(3, 1),
    warmUp: false,
    unit: 'KiB',
  })
  return { ...measured, alsoHolds: QUICK || median(ours) <= MOST_KIB }
}

async function startWorker(
  { address, keyFile, upstream }: Stage,
  side: WorkerProcessConfig['side'],
  taskQueue: string,
): Promise<BenchChild<MemoryTold>> {
  const { origin } = upstream
  const config = { side, address, taskQueue, keyFile, origin, sameThread: true }
  return await startChild<MemoryTold>('worker-process.js', config, ['--expose-gc'])
}

async function startTokenWorkflow(
  { keeperOf }: Stage,
  taskQueue: string,
  account: string,
): Promise<void> {
  const keeper = keeperOf(taskQueue)
  await keeper.connect('timed', account, { refreshToken: `${account}.3600` })
  await keeper.status('timed', account)
}

async function startIdleFlow(
  { client }: Stage,
  taskQueue: string,
  workflowId: string,
): Promise<void> {
  const handle = await client.workflow.start('idleFlow', { taskQueue, workflowId })
  await handle.query('idle')
}
