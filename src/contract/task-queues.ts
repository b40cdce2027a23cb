import { isTemporalId, MAX_ID_BYTES, temporalIdRule } from './outside-values.js'

/** The task queue of the keeper worker, unless the user names another. */
export const KEEPER_TASK_QUEUE = 'tokenkeeper'

const WORK = '-work'

/**
 * Where calls and syncs of flows are done, by the keeper's task queue: an upstream that is slow fills the slots
 * there, and token requests have their own.
 */
export function workQueueOf(keeperTaskQueue: string): string {
  return `${keeperTaskQueue}${WORK}`
}

/** Whether the server takes a value as a keeper's task queue, and what is made of it as the one of its work. */
export function isKeeperTaskQueue(value: unknown): value is string {
  return isTemporalId(value, MAX_ID_BYTES - WORK.length)
}

/** What {@link isKeeperTaskQueue} asks for, for messages. */
export function keeperTaskQueueRule(): string {
  return temporalIdRule(MAX_ID_BYTES - WORK.length)
}

/** Whether a name is what {@link workQueueOf} makes: no keeper has that, for it would get the work of another one. */
export function isWorkQueue(taskQueue: string): boolean {
  return taskQueue.endsWith(WORK)
}
