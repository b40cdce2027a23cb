import type { Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker'
import { KEEPER_PLUGIN } from './worker-options.js'

const STATE_CHECK_MS = 50

/**
 * The worker of calls and syncs, beside the keeper worker that has this among its plugins: `run`, `runUntil` and
 * `shutdown` of that one are for both. Where one of them ends by itself, the other one ends too.
 */
export class WorkBeside implements WorkerPlugin {
  readonly name = KEEPER_PLUGIN
  readonly worker: Worker

  constructor(worker: Worker) {
    this.worker = worker
  }

  async runWorker(keeper: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const both = [keeper, this.worker]
    // Without an await before it: `runUntil` expects the state RUNNING at once.
    const running = [next(keeper), this.worker.run()]
    // Workers tell nobody when they begin to end.
    const watch = setInterval(() => {
      if (both.some(isEnding)) for (const one of both) if (isRunning(one)) one.shutdown()
    }, STATE_CHECK_MS)
    const ends = await Promise.allSettled(running)
    clearInterval(watch)
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }
}

/** The worker of calls and syncs of a keeper worker; undefined for any other worker. */
export function workerBeside({
  plugins = [],
}: Pick<WorkerOptions, 'plugins'>): WorkBeside['worker'] | undefined {
  return plugins.find((plugin) => plugin instanceof WorkBeside)?.worker
}

/**
 * Makes a keeper worker beside the worker of its calls and syncs. A worker that is never run would hold the
 * connection open, so that one ends where the other can't be made.
 */
export async function createBeside(
  work: Worker,
  create: (beside: WorkBeside) => Promise<Worker>,
): Promise<Worker> {
  try {
    return await create(new WorkBeside(work))
  } catch (error) {
    await work.runUntil(Promise.resolve())
    throw error
  }
}

function isRunning(worker: Worker): boolean {
  return worker.getState() === 'RUNNING'
}

/** One that has not begun yet may have been put off by a plugin of its own. */
function isEnding(worker: Worker): boolean {
  return !isRunning(worker) && worker.getState() !== 'INITIALIZED'
}
