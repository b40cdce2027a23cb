import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import {
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../contract/connection-ref.js'
import { TOKEN_QUERIES } from '../contract/messages.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** How long a request about the state of things may take. */
const LOOK_FOR_KEEPER_MS = 2000
/** A keeper worker that is started with the client, and bundles its workflows first, has polled by then. */
const PRESENCE_GRACE_MS = 15_000
const LOOK_FOR_KEEPER_EVERY_MS = 200
/** A command that has not answered by then says what it waits for. */
const ANNOUNCE_AFTER_MS = 3000
/** A poll lasts a minute at most; the server lists workers for minutes after they have gone. */
const KEEPER_POLLED_WITHIN_MS = 150_000

/**
 * Whether a worker asks for work on a task queue; `unknown` where the server does not say so (the
 * time-skipping test server, a role that may not ask).
 */
export async function isPolled(
  client: Client,
  taskQueue: string,
  nowMs: number = Date.now(),
): Promise<boolean | 'unknown'> {
  try {
    const { pollers } = await client.withDeadline(Date.now() + LOOK_FOR_KEEPER_MS, () =>
      client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: taskQueue },
      }),
    )
    return pollers.some(({ lastAccessTime }) => {
      const seconds = Number(lastAccessTime?.seconds ?? 0)
      return seconds === 0 || nowMs - seconds * 1000 < KEEPER_POLLED_WITHIN_MS
    })
  } catch {
    return 'unknown'
  }
}

/** From a client to a token workflow that answers. */
export interface WayToKeeper {
  readonly client: Client
  readonly ref: ConnectionRef
  readonly taskQueue: string
  readonly onWait: (message: string) => void
  /** How long the whole command may take. */
  readonly timeoutMs: number
}

/**
 * Looks, before a command is sent, whether anybody would take it.
 * @throws TokenkeeperError `NoKeeperWorker` after a quarter of a minute in which no worker came;
 * `NotConnected` where something else stands in the token workflow's place
 */
export async function needTheWay(way: WayToKeeper): Promise<void> {
  const { client, taskQueue, onWait, timeoutMs } = way
  const untilMs = Date.now() + Math.min(PRESENCE_GRACE_MS, timeoutMs / 2)
  for (let isAnnounced = false; (await isPolled(client, taskQueue)) === false;) {
    if (Date.now() >= untilMs) throw noKeeperWorker(way)
    if (!isAnnounced) onWait(`Waiting for a keeper worker on the task queue '${taskQueue}' …`)
    isAnnounced = true
    await pause(LOOK_FOR_KEEPER_EVERY_MS)
  }
  await refuseForeignWorkflow(way)
}

/** Waits for a command, and says what for where that takes long. */
export async function announcingWait<T>(way: WayToKeeper, send: () => Promise<T>): Promise<T> {
  const name = formatConnection(way.ref)
  const done = new AbortController()
  const announce = async (): Promise<void> => {
    await pause(ANNOUNCE_AFTER_MS, undefined, { signal: done.signal })
    const status = await askStatus(way)
    if (done.signal.aborted) return
    way.onWait(
      status === undefined
        ? `Waiting for ${name}: no keeper worker on the task queue '${way.taskQueue}' has answered yet …`
        : `Waiting for ${name} (${status.status}): the keeper worker is at it, and the provider has not answered yet …`,
    )
  }
  const announcement = announce().catch(() => undefined)
  try {
    return await send()
  } finally {
    done.abort()
    await announcement
  }
}

async function askStatus({ client, ref }: WayToKeeper): Promise<ConnectionStatus | undefined> {
  try {
    return await client.withDeadline(Date.now() + LOOK_FOR_KEEPER_MS, () =>
      client.workflow.getHandle(tokenWorkflowId(ref)).query<ConnectionStatus>(TOKEN_QUERIES.status),
    )
  } catch {
    return undefined
  }
}

function noKeeperWorker({ ref, taskQueue }: WayToKeeper): TokenkeeperError {
  const name = formatConnection(ref)
  return new TokenkeeperError(
    'NoKeeperWorker',
    `No keeper worker runs on the task queue '${taskQueue}', so nothing was done about ${name}: start one there (createKeeperWorker), or name the task queue that it uses.`,
    name,
  )
}

async function refuseForeignWorkflow({ client, ref }: WayToKeeper): Promise<void> {
  const workflowId = tokenWorkflowId(ref)
  const name = formatConnection(ref)
  try {
    const { type, status, taskQueue } = await client.withDeadline(
      Date.now() + LOOK_FOR_KEEPER_MS,
      () => client.workflow.getHandle(workflowId).describe(),
    )
    if (status.name !== 'RUNNING' || type === 'tokenWorkflow') return
    throw new TokenkeeperError(
      'NotConnected',
      `${name} can't be reached: at ${workflowId} runs a workflow of the type '${type}' (task queue '${taskQueue}'), which is no token workflow${type.startsWith('fake') ? ' but the fake of a test' : ''}. Terminate it (temporal workflow terminate --workflow-id ${workflowId}), then connect ${name} again.`,
      name,
    )
  } catch (error) {
    // A server that does not list pollers is no reason to refuse.
    if (error instanceof TokenkeeperError) throw error
  }
}
