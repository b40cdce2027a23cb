import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { WorkerPlugin } from '@temporalio/worker'
import type { LogLine } from './log-line.js'

/** What a process may fill. */
export interface ProcessMemory {
  /** Of the machine, or of the container where that has less. */
  readonly limitBytes: number
  /** How far V8 lets the heap of one thread grow. All cached workflows live in that of one. */
  readonly heapLimitBytes: number
}

const MIB = 2 ** 20
/** Of resident memory, by the row `memory-per-token-workflow` of the bench, rounded up. */
const WORKFLOW_BYTES = 300 * 1024
/** A keeper worker that has no connection yet. */
const IDLE_BYTES = 256 * MIB
/** The rest is for syncs, for a flow worker in the same process, and for whatever else runs there. */
const SHARE_OF_MEMORY = 1 / 2
/** A heap that is fuller is collected all the time. */
const SHARE_OF_HEAP = 3 / 4
const LEAST = 50
const MOST = 20_000

/** What this process may fill, as the operating system and V8 tell. */
export function processMemory(): ProcessMemory {
  const machine = totalmem()
  // Without a limit it is 0, or a number that no machine has.
  const container = process.constrainedMemory()
  return {
    limitBytes: container > 0 ? Math.min(machine, container) : machine,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
  }
}

/** As many workflows as may be kept in such memory: each that is not kept is replayed when it has work. */
export function cachedWorkflowsFor({ limitBytes, heapLimitBytes }: ProcessMemory): number {
  const bytes = Math.min(limitBytes * SHARE_OF_MEMORY - IDLE_BYTES, heapLimitBytes * SHARE_OF_HEAP)
  return Math.min(MOST, Math.max(LEAST, Math.floor(bytes / WORKFLOW_BYTES)))
}

export interface CacheWatch {
  readonly taskQueue: string
  /** As `maxCachedWorkflows` of the options says; undefined where memory has the say. */
  readonly given: number | undefined
  readonly memory: ProcessMemory
  readonly log: LogLine
  readonly lookEveryMs?: number | undefined
}

/** Says how many workflows a worker keeps in memory, and warns when they are no longer enough. */
export function workflowCache({
  taskQueue,
  given,
  memory,
  log,
  lookEveryMs = 60_000,
}: CacheWatch): WorkerPlugin {
  return {
    name: 'tokenkeeper.WorkflowCache',
    runWorker: async (worker, next) => {
      const { maxCachedWorkflows: most } = worker.options
      const reason = given === undefined ? `for ${inWords(memory)}` : 'as maxCachedWorkflows says'
      log(
        'workflow_cache',
        `task queue '${taskQueue}': keeps up to ${count(most)} workflows in memory (about ${mebibytes(most * WORKFLOW_BYTES)}), ${reason}.`,
        { maxCachedWorkflows: most },
      )
      const fullness = new Fullness(most)
      const timer = setInterval(() => {
        if (fullness.look(worker.getStatus().numCachedWorkflows, performance.now()))
          log(
            'workflow_cache_full',
            `task queue '${taskQueue}': all of the ${count(most)} places for workflows in memory are taken, so a connection that has work may have to be replayed first (about 0.1 s of processor time). Start another keeper worker, or give this one more memory or a greater maxCachedWorkflows.`,
            { maxCachedWorkflows: most },
          )
      }, lookEveryMs)
      try {
        await next(worker)
      } finally {
        clearInterval(timer)
      }
    },
  }
}

const QUIET_MS = 6 * 3_600_000

/** When a full cache is worth a line: at the second look that finds it so, and again after some hours. */
export class Fullness {
  readonly #most: number
  #wasFull = false
  #toldAtMs = Number.NEGATIVE_INFINITY

  constructor(most: number) {
    this.#most = most
  }

  /** Takes what a look has found; says whether it is to be told. */
  look(cached: number, nowMs: number): boolean {
    // A cache of 0 is switched off.
    const isFull = this.#most > 0 && cached >= this.#most
    const isTold = isFull && this.#wasFull && nowMs - this.#toldAtMs >= QUIET_MS
    this.#wasFull = isFull
    if (isTold) this.#toldAtMs = nowMs
    return isTold
  }
}

function inWords({ limitBytes, heapLimitBytes }: ProcessMemory): string {
  return `a process with ${mebibytes(limitBytes)} of memory and ${mebibytes(heapLimitBytes)} of heap`
}

function mebibytes(bytes: number): string {
  return `${count(Math.round(bytes / MIB))} MiB`
}

function count(value: number): string {
  return value.toLocaleString('en')
}
