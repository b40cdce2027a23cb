import type { Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker'
import { KEEPER_PLUGIN } from './worker-options.js'

const STATE_CHECK_MS = 50

/**
 * The workers of calls and of syncs, beside the keeper worker that has this among its plugins: `run`, `runUntil` and
 * `shutdown` of that one are for all. Where one of them ends by itself, the others end too.
 */
export class WorkersBeside implements WorkerPlugin {
  readonly name = KEEPER_PLUGIN
  readonly workers: readonly Worker[]

  constructor(workers: readonly Worker[]) {
    this.workers = workers
  }

  async runWorker(keeper: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const all = [keeper, ...this.workers]
    // Without an await before it: `runUntil` expects the state RUNNING at once.
    const running = [next(keeper), ...this.workers.map((worker) => worker.run())]
    // Workers tell nobody when they begin to end.
    const watch = setInterval(() => {
      if (all.some(isEnding)) for (const one of all) if (isRunning(one)) one.shutdown()
    }, STATE_CHECK_MS)
    const ends = await Promise.allSettled(running)
    clearInterval(watch)
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }
}

/** The workers of calls and of syncs of a keeper worker; none for any other worker. */
export function workersBeside({ plugins = [] }: Pick<WorkerOptions, 'plugins'>): readonly Worker[] {
  return plugins.find((plugin) => plugin instanceof WorkersBeside)?.workers ?? []
}

/**
 * Makes a keeper worker beside those of its calls and syncs, which are made at the same time: each asks the server for its
 * namespace. A worker that is never run would hold the connection open, so those that are made end where another one
 * can't be.
 */
export async function createBeside(
  makers: readonly (() => Promise<Worker>)[],
  create: (beside: WorkersBeside) => Promise<Worker>,
): Promise<Worker> {
  const making = makers.map((make) => make())
  try {
    return await create(new WorkersBeside(await Promise.all(making)))
  } catch (error) {
    for (const end of await Promise.allSettled(making))
      if (end.status === 'fulfilled') await end.value.runUntil(Promise.resolve())
    throw error
  }
}

function isRunning(worker: Worker): boolean {
  return worker.getState() === 'RUNNING'
}

/** Whether a worker drains or has ended. One that has not begun yet may have been put off by a plugin of its own. */
export function isEnding(worker: Worker): boolean {
  return !isRunning(worker) && worker.getState() !== 'INITIALIZED'
}
