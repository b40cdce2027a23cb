import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { formatConnection, parseConnection } from '../../src/contract/connection-ref.js'
import { DAY_MS } from '../../src/contract/duration.js'
import { toMarkdown, toSummary } from '../../src/contract/foreign-text.js'
import { LIMIT_UPDATES, type SlotGrant, type SlotRequest } from '../../src/contract/limit.js'
import { isPlainText } from '../../src/contract/outside-values.js'
import { LONGEST_MAX_WAIT_MS } from '../../src/contract/wait.js'
import {
  followDeployments,
  joinedDeployment,
  NO_CANCELLATION,
  uncancelled,
} from '../runtime/long-lived.js'
import { invalidInput, readCarried, readInput, readPerRun } from '../runtime/read-input.js'
import { refuseStaleActivations } from '../runtime/stale-activations.js'
import { type LimitSnapshot, LimitState } from './limit-state.js'

export interface LimitWorkflowInput {
  /** `shopify/acme` */
  readonly connection: string
  /** What the run before carries over. */
  readonly snapshot?: LimitSnapshot | undefined
  /** Continues as new after so many requests; the server refuses more than 2,000 updates a run. Default 500. */
  readonly asksPerRun?: number | undefined
}

const ASKS_PER_RUN = 500
/** The server refuses more than 2,000 updates a run. */
const MOST_ASKS = 1900
const EXPECTED_LIMIT = `{"connection":"shopify/acme"}. Keeper workers start it by themselves`

/**
 * Hands out the slots of a connection's budget to the workers that send its requests. The first one
 * that asks starts it, and it ends by itself when nobody has asked for five minutes. Workflow id
 * `limit:<connector>:<account>`.
 */
export async function limitWorkflow(input: LimitWorkflowInput): Promise<void> {
  refuseStaleActivations()
  const { asksPerRun, snapshot } = readInput(input, EXPECTED_LIMIT)
  const limit = readPerRun(asksPerRun, ASKS_PER_RUN, EXPECTED_LIMIT, MOST_ASKS)
  const ref = parseConnection(input.connection)
  if (ref === undefined)
    throw invalidInput('connection is missing or no name of one', EXPECTED_LIMIT)
  const connection = formatConnection(ref)
  const state = new LimitState(Date.now(), readCarried(snapshot, EXPECTED_LIMIT))
  const joined = joinedDeployment()
  let asked = 0
  let details = ''
  const show = (text: string): void => {
    details = text
    setCurrentDetails(text)
  }
  setHandler(
    defineUpdate<SlotGrant, [SlotRequest]>(LIMIT_UPDATES.slots),
    (request) => {
      asked += 1
      const grant = state.grant(request, Date.now())
      show(describeLimit(connection, grant))
      return grant
    },
    { description: 'A worker asks for slots to send requests in.', validator: validateRequest },
  )
  const full = (): boolean => asked >= limit || workflowInfo().continueAsNewSuggested || joined()
  await uncancelled(live, () => {
    show(`${details}\n\n${NO_CANCELLATION}`)
  })

  async function live(): Promise<void> {
    for (;;) {
      const leftMs = state.idleAtMs() - Date.now()
      if (leftMs <= 0) return
      await condition(full, leftMs, {
        summary: toSummary(`end, where nobody asks for ${connection}`),
      })
      if (!full()) continue
      await condition(allHandlersFinished)
      return await continueAsNew<typeof limitWorkflow>({
        connection,
        asksPerRun: limit,
        snapshot: state.snapshot(),
      })
    }
  }
}
followDeployments(limitWorkflow)

/** What a connector may declare, and a bit more: beyond it are moments that no date and no timer has. */
const BOUNDS = { want: 1e9, intervalMs: 32 * DAY_MS, burst: 1e9, blockedForMs: LONGEST_MAX_WAIT_MS }
/** The longest time that a whole burst stands for. */
const LONGEST_BURST_MS = 366 * DAY_MS
const LONGEST_HOLDER = 100
const WANTED =
  '{ holder, want, intervalMs, burst, blockedForMs? }, times in milliseconds, a burst that is filled again within a year'

/** Whoever may update workflows of this namespace may send anything. */
export function validateRequest(request: SlotRequest): void {
  const given: unknown = request
  if (typeof given !== 'object' || given === null) throw new TypeError(`give ${WANTED}`)
  const { holder, want, intervalMs, burst, blockedForMs = 0 } = request
  const numbers = { want, intervalMs, burst, blockedForMs }
  const fits = Object.entries(BOUNDS).every(([name, most]) => {
    const value: unknown = numbers[name as keyof typeof BOUNDS]
    return typeof value === 'number' && value >= 0 && value <= most
  })
  const isWhole = Number.isInteger(want) && fits && intervalMs > 0 && burst >= 1
  if (!isPlainText(holder, LONGEST_HOLDER) || !isWhole || burst * intervalMs > LONGEST_BURST_MS)
    throw new TypeError(`give ${WANTED}`)
}

function describeLimit(
  connection: string,
  { nextMs, holders, blockedUntilMs, atMs }: SlotGrant,
): string {
  const blocked =
    blockedUntilMs > atMs
      ? `; the upstream wants no request before ${new Date(blockedUntilMs).toISOString()}`
      : ''
  return `Budget of **${toMarkdown(connection, 300)}** for ${String(holders)} worker(s): the next free slot is at ${new Date(nextMs).toISOString()}${blocked}.`
}
