import { type Client, ScheduleOverlapPolicy } from '@temporalio/client'
import { syncWorkflowId } from 'tokenkeeper'
import { syncFlow, type SyncInput } from 'tokenkeeper/workflow'

/**
 * Syncs every 15 minutes what has changed since the run before. A run that is late is never run twice
 * over itself: SKIP leaves out what comes while it runs; BUFFER_ONE starts one more behind it.
 */
export async function scheduleSync(
  client: Client,
  input: SyncInput,
  taskQueue: string,
  overlap: 'SKIP' | 'BUFFER_ONE' = ScheduleOverlapPolicy.SKIP,
): Promise<void> {
  const workflowId = syncWorkflowId(input)
  await client.schedule.create({
    scheduleId: workflowId,
    spec: { intervals: [{ every: '15 minutes' }] },
    policies: { overlap, catchupWindow: '1 hour' },
    action: { type: 'startWorkflow', workflowType: syncFlow, workflowId, taskQueue, args: [input] },
  })
}
