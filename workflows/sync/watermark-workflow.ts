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
import { isTemporalId } from '../../src/contract/outside-values.js'
import {
  followDeployments,
  joinedDeployment,
  NO_CANCELLATION,
  uncancelled,
} from '../runtime/long-lived.js'
import { invalidInput, readInput, readPerRun } from '../runtime/read-input.js'
import { refuseStaleActivations } from '../runtime/stale-activations.js'
import { WATERMARK_QUERIES, WATERMARK_SIGNALS } from '../../src/contract/watermark-messages.js'

export interface WatermarkWorkflowInput {
  /** What the run before carries over. */
  readonly watermark?: Watermark | undefined
  readonly movedBy?: string | undefined
  /** Continues as new after so many signals. Default 2,000. */
  readonly signalsPerRun?: number | undefined
}

const MARKS_PER_RUN = 2000
const EXPECTED_WATERMARK = `{} or {"watermark":"2026-11-29T00:00:00Z"}. Incremental syncs start it by themselves`
const HOW_TO_END =
  'Terminate this workflow to let the next sync read everything; nothing else is lost by that.'

/**
 * Keeps how far the syncs of one incremental id have read, for as long as it runs: ended by an
 * operator, the next sync reads all. Moves up only. Workflow id `watermark:<incremental id>`.
 */
export async function watermarkWorkflow(input: WatermarkWorkflowInput): Promise<never> {
  refuseStaleActivations()
  let { watermark, movedBy } = readWatermarkInput(input)
  const limit = readPerRun(input.signalsPerRun, MARKS_PER_RUN, EXPECTED_WATERMARK)
  const joined = joinedDeployment()
  let signals = 0
  let refused = 0
  let note = HOW_TO_END
  const show = (): void => {
    const refusals = refused === 0 ? '' : ` · refused messages **${refused}**`
    setCurrentDetails(
      `watermark **${shown(watermark)}**, moved by ${shown(movedBy)}${refusals}\n\n${note}`,
    )
  }
  setHandler(
    defineSignal<[unknown]>(WATERMARK_SIGNALS.move),
    (value) => {
      signals += 1
      const move = readMove(value)
      const highest = higherWatermark(watermark, move?.watermark)
      if (move === undefined) refused += 1
      if (move === undefined || highest === watermark) {
        show()
        return
      }
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
  return await uncancelled(live, () => {
    note = `${NO_CANCELLATION} ${HOW_TO_END}`
    show()
  })

  async function live(): Promise<never> {
    await condition(() => signals >= limit || workflowInfo().continueAsNewSuggested || joined())
    return await continueAsNew<typeof watermarkWorkflow>({
      signalsPerRun: limit,
      watermark,
      movedBy,
    })
  }
}
followDeployments(watermarkWorkflow)

function readWatermarkInput(input: WatermarkWorkflowInput): WatermarkWorkflowInput {
  const { watermark, movedBy } = readInput(input, EXPECTED_WATERMARK)
  if (watermark !== undefined && !isWatermark(watermark))
    throw invalidInput('watermark is no number and no short text', EXPECTED_WATERMARK)
  if (movedBy !== undefined && movedBy !== '' && !isTemporalId(movedBy))
    throw invalidInput('movedBy is no id of a workflow', EXPECTED_WATERMARK)
  return input
}

function readMove(
  value: unknown,
): { readonly watermark: Watermark; readonly by: string } | undefined {
  if (typeof value !== 'object' || value === null || !('watermark' in value)) return undefined
  const { watermark } = value
  const by: unknown = 'by' in value ? value.by : undefined
  return isWatermark(watermark) ? { watermark, by: isTemporalId(by) ? by : '' } : undefined
}

function shown(value: Watermark | undefined): string {
  return toMarkdown(String(value ?? '-'), 300)
}
