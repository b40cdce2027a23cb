import { Context } from '@temporalio/activity'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import type { Watermark } from '../../src/contract/sync.js'
import {
  type MoveWatermark,
  type MoveWatermarkInput,
  WATERMARK_QUERIES,
  WATERMARK_SIGNALS,
  WATERMARK_WORKFLOW,
  watermarkWorkflowId,
} from '../../src/contract/watermark-messages.js'
import { watermarkTexts } from '../../src/contract/static-texts.js'

/** The watermark that is kept for an incremental id; undefined before the first run, and when its workflow was ended. */
export async function readStoredWatermark(incrementalId: string): Promise<Watermark | undefined> {
  const { workflow } = Context.current().client
  const handle = workflow.getHandle(watermarkWorkflowId(incrementalId))
  try {
    const { status } = await handle.describe()
    if (status.name !== 'RUNNING') return undefined
    return (await handle.query<Watermark | null>(WATERMARK_QUERIES.watermark)) ?? undefined
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}

/** Moves the watermark of an incremental id up; starts its workflow on this worker's task queue where none runs. */
export function createMoveWatermark(): FlowActivities['tokenkeeper.move-watermark'] {
  return moveWatermark
}

async function moveWatermark(input: MoveWatermarkInput): Promise<void> {
  const { client, info } = Context.current()
  const { incrementalId, watermark } = input
  const move: MoveWatermark = { watermark, by: info.workflowExecution?.workflowId ?? '' }
  await client.workflow.signalWithStart(WATERMARK_WORKFLOW, {
    workflowId: watermarkWorkflowId(incrementalId),
    taskQueue: info.taskQueue,
    args: [{}],
    signal: WATERMARK_SIGNALS.move,
    signalArgs: [move],
    ...watermarkTexts(incrementalId),
  })
}
