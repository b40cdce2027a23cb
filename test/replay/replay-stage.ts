import type { WorkflowHandle } from '@temporalio/client'
import { expect } from 'vitest'
import type { SyncInput, SyncResult } from '../../src/contract/sync.js'
import { type Stage, type StageOptions, startStage } from '../integration/stage.js'
import { until } from '../integration/until.js'

export type SyncRunHandle = WorkflowHandle<(input: SyncInput) => Promise<SyncResult>>

export interface StartOptions {
  /** Of the ERP; default: the one that all share. */
  readonly account?: string
  readonly input?: Partial<SyncInput>
  readonly workflowExecutionTimeout?: number
}

/** A stage whose syncs move three pages of 40 orders, eight writes a page. */
export interface ReplayStage extends Stage {
  readonly idOf: (flow: string) => string
  readonly handleOf: (flow: string) => SyncRunHandle
  readonly start: (flow: string, options?: StartOptions) => Promise<SyncRunHandle>
  /** Resolves while the second page is being written. */
  readonly inTheMiddle: (flow: string) => Promise<void>
  /** Orders of a flow that the ERP does not have. */
  readonly lost: (flow: string) => readonly string[]
  /** A key of the ERP that one account alone has; gives what ends and what mends it. */
  readonly ownKey: (account: string) => Promise<{
    readonly kill: () => void
    readonly mend: () => Promise<void>
  }>
}

export const ORDERS = 120

export async function startReplayStage(
  flows: readonly string[],
  options: StageOptions = {},
): Promise<ReplayStage> {
  const stage = await startStage({
    orders: Object.fromEntries(flows.map((flow) => [flow, ORDERS])),
    writeDelayMs: 25,
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
    start: async (flow, { account = 'default', input, workflowExecutionTimeout } = {}) =>
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
              input: { flow, limit: 40 },
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
      expect(erp.counters.ordersOfFlow[flow]).toBeLessThan(ORDERS)
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
