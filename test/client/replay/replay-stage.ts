import type { WorkflowHandle } from '@temporalio/client'
import { expect } from 'vitest'
import type { SyncInput, SyncResult } from '../../../src/contract/sync.js'
import { type Stage, type StageOptions, startStage } from '../../integration/stage.js'
import { until } from '../../integration/until.js'

export type SyncRunHandle = WorkflowHandle<(input: SyncInput) => Promise<SyncResult>>

export interface StartOptions {
  /** Of the ERP; default: the one that all share. */
  readonly account?: string
  readonly input?: Partial<SyncInput>
  /** Orders a page; default 40. */
  readonly limit?: number
  readonly workflowExecutionTimeout?: number
}

/** A stage whose syncs move three pages of 40 orders, eight writes a page. */
export interface ReplayStage extends Stage {
  readonly idOf: (flow: string) => string
  readonly handleOf: (flow: string) => SyncRunHandle
  readonly start: (flow: string, options?: StartOptions) => Promise<SyncRunHandle>
  /** Resolves in the middle; from then on writes take long, so that it lasts until what comes next. */
  readonly inTheMiddle: (flow: string) => Promise<void>
  /** Writes are as quick again as at the start. */
  readonly goOn: () => void
  /** Orders of a flow that the ERP does not have. */
  readonly lost: (flow: string) => readonly string[]
  /** A key of the ERP that one account alone has; gives what ends and what mends it. */
  readonly ownKey: (account: string) => Promise<{
    readonly kill: () => void
    readonly mend: () => Promise<void>
  }>
}

export const ORDERS = 120
const WRITE_MS = 25
const SLOW_MS = 300

export async function startReplayStage(
  flows: readonly string[],
  options: StageOptions = {},
): Promise<ReplayStage> {
  const stage = await startStage({
    orders: Object.fromEntries(flows.map((flow) => [flow, ORDERS])),
    writeDelayMs: WRITE_MS,
    cachedWorkflows: 100,
    ...options,
  })
  await Promise.all([stage.connectShop(), stage.connectErp()])
  const { client, keeper, erp, shop, shopId, erpId, taskQueue, run } = stage
  const idOf = (flow: string): string => `sync-${run}-${flow}`
  return {
    ...stage,
    idOf,
    handleOf: (flow) => client.workflow.getHandle(idOf(flow)),
    start: async (
      flow,
      { account = 'default', input, limit = 40, workflowExecutionTimeout } = {},
    ) =>
      await client.workflow.start<(input: SyncInput) => Promise<SyncResult>>('syncFlow', {
        taskQueue,
        workflowId: idOf(flow),
        staticSummary: `orders of ${flow}`,
        memo: { owner: 'Ada' },
        ...(workflowExecutionTimeout === undefined ? {} : { workflowExecutionTimeout }),
        args: [
          {
            from: {
              connection: `${shopId}/acme`,
              endpoint: 'orders.list',
              input: { flow, limit },
            },
            to: { connection: `${erpId}/${account}`, endpoint: 'orders.upsert', batchSize: 5 },
            keeperTaskQueue: taskQueue,
            ...input,
          },
        ],
      }),
    inTheMiddle: async (flow) => {
      await until(
        () => erp.counters.ordersOfFlow[flow] ?? 0,
        (orders) => orders > 45,
      )
      erp.setDelay(SLOW_MS)
      expect(erp.counters.ordersOfFlow[flow]).toBeLessThan(ORDERS)
    },
    goOn: () => {
      erp.setDelay(WRITE_MS)
    },
    lost: (flow) => erp.missing(shop.orderIds().filter((id) => id.startsWith(`${flow}-`))),
    ownKey: async (account) => {
      const key = `${stage.erpKey}-${account}`
      erp.addKey(key)
      await keeper.connect(erpId, account, { apiKey: key })
      return {
        kill: () => erp.killKey(key),
        mend: async () => {
          erp.addKey(`${key}-next`)
          await keeper.connect(erpId, account, { apiKey: `${key}-next` })
        },
      }
    },
  }
}
