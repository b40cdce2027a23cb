import type { Client, ConnectionLike } from '@temporalio/client'
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
