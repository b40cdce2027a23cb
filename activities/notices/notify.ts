import { Context } from '@temporalio/activity'
import { toCondition } from '../../src/contract/condition.js'
import { cutText, isUndecodable } from '../../src/contract/outside-values.js'
import type {
  ConnectionChange,
  NoticeActivities,
  NotifySyncInput,
} from '../../src/contract/notice-activities.js'
import {
  type Notice,
  NOTICE_SIGNAL,
  type NoticeMessage,
  noticesWorkflowId,
} from '../../src/contract/notices.js'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { TOKEN_QUERIES } from '../../src/contract/messages.js'
import { parseConnection, tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { noticesTexts } from '../../src/contract/static-texts.js'
import type { Keeper } from '../keeper/keeper.js'

const MAX_MESSAGE_BYTES = 500
const QUERY_MS = 5000

/** Hands what changed of a connection to the notices workflow, for those destinations that want to hear it. */
export function createNotify(keeper: Keeper): NoticeActivities['tokenkeeper.notify'] {
  return async ({ changes }) => {
    for (const change of changes) await hand(keeper, toNotice(keeper, change))
  }
}

/** The same for a sync, with the tags and the owner of the connection that it is about. */
export function createNotifySync(keeper: Keeper): NoticeActivities['tokenkeeper.notify-sync'] {
  return async (input) => {
    const status = await askStatus(input.connection)
    await hand(keeper, toSyncNotice(keeper, input, status))
  }
}

function toNotice(keeper: Keeper, change: ConnectionChange): Notice {
  const { id, type, atMs, previous, warning, status } = change
  const { cause, next, reason, code, goesOn, stops } = toCondition(status)
  const told = warning === undefined ? [cause, goesOn.text] : [warning.message]
  const { connection, generation, tags, owner } = status
  const url = next?.action === 'connect' ? keeper.notices.linkOf(connection) : undefined
  return {
    id,
    type,
    atMs,
    connection,
    status: status.status,
    previous,
    reason,
    code: warning?.code ?? code,
    generation,
    message: toMessage(told),
    next: next === undefined ? undefined : { text: next.text, command: next.command, url },
    waitingFlows: stops.count,
    tags,
    owner,
  }
}

function toSyncNotice(
  keeper: Keeper,
  { id, type, atMs, connection, endpoint, to, code, message, failedWorkflowId }: NotifySyncInput,
  status: ConnectionStatus | undefined,
): Notice {
  const own = Context.current().info.workflowExecution?.workflowId ?? ''
  const workflowId = failedWorkflowId ?? own
  const condition = status === undefined ? undefined : toCondition(status)
  const isParked = type === 'sync.parked'
  const url =
    isParked && condition?.next?.action === 'connect'
      ? keeper.notices.linkOf(connection)
      : undefined
  const next =
    type === 'sync.failed'
      ? { text: 'Look at why, then replay it', command: `npx tokenkeeper replay ${own}` }
      : isParked && condition?.next !== undefined
        ? { text: condition.next.text, command: condition.next.command, url }
        : undefined
  return {
    id,
    type,
    atMs,
    connection,
    sync: { workflowId, endpoint, to },
    status: status?.status,
    reason: isParked ? condition?.reason : undefined,
    code,
    message: toMessage([message]),
    next,
    tags: status?.tags,
    owner: status?.owner,
  }
}

function toMessage(parts: readonly string[]): string {
  return cutText(parts.filter((part) => part !== '').join(' '), MAX_MESSAGE_BYTES)
}

/** Undefined where nobody answers in time: a notice without it is better than none. */
async function askStatus(connection: string): Promise<ConnectionStatus | undefined> {
  const ref = parseConnection(connection)
  if (ref === undefined) return undefined
  const { client } = Context.current()
  const handle = client.workflow.getHandle(tokenWorkflowId(ref))
  try {
    const status = await client.withDeadline(Date.now() + QUERY_MS, () =>
      handle.query<ConnectionStatus>(TOKEN_QUERIES.status),
    )
    return isUndecodable(status) ? undefined : status
  } catch {
    return undefined
  }
}

async function hand(keeper: Keeper, notice: Notice): Promise<void> {
  const targets = keeper.notices.targetsOf(notice)
  if (targets.length === 0) return
  const { client, info } = Context.current()
  const message: NoticeMessage = { notice, targets }
  await client.workflow.signalWithStart('noticesWorkflow', {
    workflowId: noticesWorkflowId(info.taskQueue),
    taskQueue: info.taskQueue,
    args: [{}],
    signal: NOTICE_SIGNAL,
    signalArgs: [message],
    ...noticesTexts(info.taskQueue),
  })
}
