import { isTemporalId, MAX_ID_BYTES, temporalIdRule } from './outside-values.js'

/** The task queue of the keeper worker, unless the user names another. */
export const KEEPER_TASK_QUEUE = 'tokenkeeper'

const WORK = '-work'
const SYNCS = '-sync'
const LONGEST_ENDING = Math.max(WORK.length, SYNCS.length)

/**
 * Where calls of flows are done, by the keeper's task queue: an upstream that is slow fills the slots there, and token
 * requests have their own.
 */
export function workQueueOf(keeperTaskQueue: string): string {
  return `${keeperTaskQueue}${WORK}`
}

/** Where syncs are done, by the keeper's task queue: they take every slot that they get, and calls have their own. */
export function syncQueueOf(keeperTaskQueue: string): string {
  return `${keeperTaskQueue}${SYNCS}`
}

/** Whether the server takes a value as a keeper's task queue, and what is made of it as those of its calls and syncs. */
export function isKeeperTaskQueue(value: unknown): value is string {
  return isTemporalId(value, MAX_ID_BYTES - LONGEST_ENDING)
}

/** What {@link isKeeperTaskQueue} asks for, for messages. */
export function keeperTaskQueueRule(): string {
  return temporalIdRule(MAX_ID_BYTES - LONGEST_ENDING)
}

/**
 * Whether a name is what {@link workQueueOf} or {@link syncQueueOf} makes: no keeper has that, for it would get the work
 * of another one.
 */
export function isMadeQueue(taskQueue: string): boolean {
  return taskQueue.endsWith(WORK) || taskQueue.endsWith(SYNCS)
}
