import type { ConnectionLike } from '@temporalio/client'

/** One who asked for work of a task queue, as the server lists it. */
export interface Poller {
  readonly identity: string
  /** Undefined where the server gives no time. */
  readonly lastAccessMs: number | undefined
}

/** A poll lasts a minute, and the next one follows at once; the server lists those that are gone for minutes. */
export const POLLED_WITHIN_MS = 90_000

// By number: enums of @temporalio/proto are not among the packages that users install.
const WORKFLOW_AND_ACTIVITY = [1, 2] as const

/** Who asks for workflow tasks or activities; throws what the server answers where it does not list them. */
export async function listPollers(
  connection: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
  taskQueue: string,
): Promise<readonly Poller[]> {
  const lists = await Promise.all(
    WORKFLOW_AND_ACTIVITY.map((taskQueueType) =>
      connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the values of the enum would be an import at run time
        taskQueueType,
      }),
    ),
  )
  return lists.flatMap(({ pollers }) =>
    pollers.map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      lastAccessMs:
        lastAccessTime?.seconds == null ? undefined : Number(lastAccessTime.seconds) * 1000,
    })),
  )
}

/** Identities of those that asked lately, each once. */
export function livingPollers(pollers: readonly Poller[], nowMs: number): readonly string[] {
  const living = pollers.filter(
    ({ lastAccessMs = nowMs }) => nowMs - lastAccessMs <= POLLED_WITHIN_MS,
  )
  return [...new Set(living.map(({ identity }) => identity))]
}
