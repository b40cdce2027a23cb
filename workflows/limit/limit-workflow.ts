import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { toMarkdown } from '../../src/contract/foreign-text.js'
import { LIMIT_UPDATES, type SlotGrant, type SlotRequest } from '../../src/contract/limit.js'
import { type LimitSnapshot, LimitState } from './limit-state.js'

export interface LimitWorkflowInput {
  /** `shopify/acme` */
  readonly connection: string
  /** What the run before carries over. */
  readonly snapshot?: LimitSnapshot
  /** Continues as new after so many requests; the server refuses more than 2,000 updates a run. Default 500. */
  readonly asksPerRun?: number
}

const ASKS_PER_RUN = 500

/**
 * Hands out the slots of a connection's budget to the workers that send its requests. The first one
 * that asks starts it, and it ends by itself when nobody has asked for five minutes. Workflow id
 * `limit:<connector>:<account>`.
 */
export async function limitWorkflow(input: LimitWorkflowInput): Promise<void> {
  const state = new LimitState(Date.now(), input.snapshot)
  const limit = input.asksPerRun ?? ASKS_PER_RUN
  let asked = 0
  setHandler(
    defineUpdate<SlotGrant, [SlotRequest]>(LIMIT_UPDATES.slots),
    (request) => {
      asked += 1
      const grant = state.grant(request, Date.now())
      setCurrentDetails(toDetails(input.connection, grant))
      return grant
    },
    { description: 'A worker asks for slots to send requests in.', validator: validateRequest },
  )
  const full = (): boolean => asked >= limit || workflowInfo().continueAsNewSuggested
  for (;;) {
    const leftMs = state.idleAtMs() - Date.now()
    if (leftMs <= 0) return
    await condition(full, leftMs)
    if (!full()) continue
    await condition(allHandlersFinished)
    return await continueAsNew<typeof limitWorkflow>({ ...input, snapshot: state.snapshot() })
  }
}

/** What a connector may declare, and a bit more: beyond it are moments that no date and no timer has. */
const MOST = { want: 1e9, intervalMs: 32 * 86_400_000, burst: 1e9, blockedForMs: 366 * 86_400_000 }
const LONGEST_NAME = 100

/** Whoever may update workflows of this namespace may send anything. */
export function validateRequest(request: SlotRequest): void {
  const { holder, want, intervalMs, burst, blockedForMs = 0 } = request
  const numbers = { want, intervalMs, burst, blockedForMs }
  const fits = Object.entries(MOST).every(([name, most]) => {
    const value: unknown = numbers[name as keyof typeof MOST]
    return typeof value === 'number' && value >= 0 && value <= most
  })
  const isName = typeof holder === 'string' && holder.length <= LONGEST_NAME
  if (!isName || !fits || intervalMs <= 0 || burst < 1)
    throw new Error('give { holder, want, intervalMs, burst, blockedForMs? }')
}

function toDetails(
  connection: string,
  { nextMs, holders, blockedUntilMs, atMs }: SlotGrant,
): string {
  const blocked =
    blockedUntilMs > atMs
      ? `; the upstream wants no request before ${new Date(blockedUntilMs).toISOString()}`
      : ''
  return `Budget of **${toMarkdown(connection, 300)}** for ${String(holders)} worker(s): the next free slot is at ${new Date(nextMs).toISOString()}${blocked}.`
}
