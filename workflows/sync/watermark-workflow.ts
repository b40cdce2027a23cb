import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { toMarkdown } from '../../src/contract/foreign-text.js'
import type { Watermark } from '../../src/contract/sync.js'
import { higherWatermark, isWatermark } from '../../src/contract/watermark.js'
import { WATERMARK_QUERIES, WATERMARK_SIGNALS } from '../../src/contract/watermark-messages.js'

export interface WatermarkWorkflowInput {
  /** What the run before carries over. */
  readonly watermark?: Watermark
  readonly movedBy?: string
  /** Continues as new after so many signals. Default 2,000. */
  readonly signalsPerRun?: number
}

const SIGNALS_PER_RUN = 2000

/**
 * Keeps how far the syncs of one incremental id have read, for as long as it runs: ended by an
 * operator, the next sync reads all. Moves up only. Workflow id `watermark:<incremental id>`.
 */
export async function watermarkWorkflow(input: WatermarkWorkflowInput): Promise<never> {
  let { watermark, movedBy } = input
  let signals = 0
  const limit = input.signalsPerRun ?? SIGNALS_PER_RUN
  const show = (): void =>
    setCurrentDetails(`watermark **${shown(watermark)}**, moved by ${shown(movedBy)}`)
  setHandler(
    defineSignal<[unknown]>(WATERMARK_SIGNALS.move),
    (value) => {
      signals += 1
      const move = readMove(value)
      const highest = higherWatermark(watermark, move?.watermark)
      if (move === undefined || highest === watermark) return
      watermark = highest
      movedBy = move.by
      show()
    },
    { description: 'A sync has read, and its sink has accepted, everything up to a watermark.' },
  )
  setHandler(defineQuery<Watermark | undefined>(WATERMARK_QUERIES.watermark), () => watermark, {
    description: 'What the next sync of this id begins with.',
  })
  show()
  await condition(() => signals >= limit || workflowInfo().continueAsNewSuggested)
  return await continueAsNew<typeof watermarkWorkflow>({
    ...input,
    ...(watermark === undefined ? {} : { watermark }),
    ...(movedBy === undefined ? {} : { movedBy }),
  })
}

function readMove(
  value: unknown,
): { readonly watermark: Watermark; readonly by: string } | undefined {
  if (typeof value !== 'object' || value === null || !('watermark' in value)) return undefined
  const { watermark } = value
  const by = 'by' in value && typeof value.by === 'string' ? value.by.slice(0, 1000) : ''
  return isWatermark(watermark) ? { watermark, by } : undefined
}

function shown(value: Watermark | undefined): string {
  return toMarkdown(String(value ?? '-'), 300)
}
