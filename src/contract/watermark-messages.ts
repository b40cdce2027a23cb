import { isPlainText } from './outside-values.js'
import type { Watermark } from './sync.js'

/** The id of the one long-running workflow that keeps the watermark of an incremental id. */
export function watermarkWorkflowId(incrementalId: string): string {
  return `watermark:${incrementalId}`
}

export const WATERMARK_WORKFLOW = 'watermarkWorkflow'

export const WATERMARK_SIGNALS = {
  /** {@link MoveWatermark} */
  move: 'tokenkeeper.move-watermark',
} as const

export const WATERMARK_QUERIES = {
  /** () => Watermark | undefined */
  watermark: 'tokenkeeper.watermark',
} as const

/** Moves it up; a lower one than the stored changes nothing. */
export interface MoveWatermark {
  readonly watermark: Watermark
  /** Workflow id of the sync whose sink has accepted everything up to it. */
  readonly by: string
}

export interface MoveWatermarkInput {
  readonly incrementalId: string
  readonly watermark: Watermark
}

/** The longest id: `watermark:…` then fits into 255 bytes, which is what many clusters allow. */
const MAX_INCREMENTAL_ID_BYTES = 200

/** Whether a value can name a watermark: a text of 1 to 200 bytes. */
export function isIncrementalId(value: unknown): value is string {
  return isPlainText(value, MAX_INCREMENTAL_ID_BYTES)
}
