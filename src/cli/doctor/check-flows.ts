import type { Client, ConnectionLike, WorkflowExecutionInfo } from '@temporalio/client'
import { listPollers, livingPollers } from '../../client/list-pollers.js'
import { quoteText } from '../../client/replay/list-query.js'
import { counted } from '../frame/output.js'
import { type Finding, namesOf, note, ok, problem, unknown } from './finding.js'

/** So many running flows are read to learn their task queues. */
const READ = 1000

/** The task queues on which flows run now: syncs, and what waits for a connection. */
export async function flowTaskQueues(client: Client, keeper: string): Promise<readonly string[]> {
  const queries = [
    `WorkflowType = 'syncFlow' AND ExecutionStatus = 'Running'`,
    `TokenkeeperWaitingFor IS NOT NULL AND ExecutionStatus = 'Running'`,
  ]
  const queues = new Set<string>()
  for (const query of queries) {
    let read = 0
    try {
      for await (const { taskQueue } of client.workflow.list({ query })) {
        if (taskQueue !== keeper) queues.add(taskQueue)
        read += 1
        if (read >= READ) break
      }
    } catch {
      // Without the search attribute only syncs are known.
    }
  }
  return [...queues].sort()
}

/** Whether somebody runs the flows of each task queue. */
export async function checkFlowWorkers(
  connection: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
  taskQueues: readonly string[],
  nowMs: number,
): Promise<readonly Finding[]> {
  const check = 'flow workers'
  if (taskQueues.length === 0)
    return [note(check, 'No flow runs now; name their task queues with --flows to look at them.')]
  return await Promise.all(
    taskQueues.map(async (taskQueue) => {
      try {
        const living = livingPollers(await listPollers(connection, namespace, taskQueue), nowMs)
        return living.length > 0
          ? ok(check, `${counted(living.length, 'worker')} of '${taskQueue}': ${namesOf(living)}.`)
          : problem(
              check,
              `No worker asks for work of '${taskQueue}', where flows run: they stand still.`,
              'Start the flow worker of that task queue.',
            )
      } catch {
        return unknown(check, `The server does not tell who asks for work of '${taskQueue}'.`)
      }
    }),
  )
}

/** Versions of Temporal's SDK of running workers, where the server knows them. */
export async function sdkVersions(
  connection: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
  taskQueues: readonly string[],
): Promise<readonly string[]> {
  try {
    const query = `TaskQueue IN (${taskQueues.map(quoteText).join(', ')})`
    const { workersInfo } = await connection.workflowService.listWorkers({ namespace, query })
    const names = workersInfo.map(({ workerHeartbeat }) =>
      `${workerHeartbeat?.sdkName ?? ''} ${workerHeartbeat?.sdkVersion ?? ''}`.trim(),
    )
    return [...new Set(names)].filter((name) => name !== '').sort()
  } catch {
    return []
  }
}

/** So many tries of one workflow task are no accident any more. */
const STUCK_ATTEMPTS = 3
const MOST_READ = 1000

/**
 * Workflow tasks that fail again and again: that workflow stands still until its code or its worker is
 * mended. Newer servers find them by a search attribute of their own; else the connections that did not
 * answer are looked at one by one.
 */
export async function checkWorkflowTasks(
  client: Client,
  taskQueues: readonly string[],
  silent: readonly string[],
): Promise<Finding> {
  const check = 'workflow tasks'
  const queues = taskQueues.map(quoteText).join(', ')
  const query = `ExecutionStatus = 'Running' AND TaskQueue IN (${queues}) AND TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')`
  const found = await listRuns(client, query)
  const stuck = found?.map(({ workflowId }) => workflowId) ?? (await lookAt(client, silent))
  if (stuck.length > 0)
    return problem(
      check,
      `${counted(stuck.length, 'workflow')} can't go on, for ${stuck.length === 1 ? 'its' : 'their'} workflow task fails again and again: ${namesOf(stuck)}.`,
      `Read why: temporal workflow describe --workflow-id ${stuck[0] ?? ''} (its pending workflow task), and the worker's log. A worker of an older or newer version is the usual cause: run the version that the workflow was begun with, or mend the code; it goes on by itself then.`,
    )
  return found === undefined && silent.length === 0
    ? unknown(
        check,
        'This server does not list workflows whose tasks fail; every connection answered.',
      )
    : ok(check, 'No workflow task fails again and again.')
}

/** Undefined where the server does not know the search attribute. */
async function listRuns(
  client: Client,
  query: string,
): Promise<readonly WorkflowExecutionInfo[] | undefined> {
  try {
    const found: WorkflowExecutionInfo[] = []
    for await (const one of client.workflow.list({ query })) {
      found.push(one)
      if (found.length >= MOST_READ) break
    }
    return found
  } catch {
    return undefined
  }
}

async function lookAt(client: Client, workflowIds: readonly string[]): Promise<readonly string[]> {
  const looked = await Promise.all(
    workflowIds.slice(0, MOST_READ).map(async (workflowId) => {
      const { raw } = await client.workflow.getHandle(workflowId).describe()
      return (raw.pendingWorkflowTask?.attempt ?? 0) >= STUCK_ATTEMPTS ? workflowId : undefined
    }),
  )
  return looked.filter((id) => id !== undefined)
}
