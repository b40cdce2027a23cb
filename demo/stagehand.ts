import type { WorkflowHandle } from '@temporalio/client'
import type { SyncInput, SyncResult } from '../src/contract/sync.js'
import { REDIRECT_URI } from '../test/fixtures/authorization-server.js'
import { browseTo } from '../test/fixtures/fetch-refresh-token.js'
import type { Cast } from './cast.js'
import { FLOW_TASK_QUEUE, ORDERS_PER_PAGE, type Shares } from './flows.js'

export type Tell = (event: string) => void
/** Waits until something holds; says what, in case that it takes too long. */
export type Until = (waitsFor: string, holds: () => boolean | Promise<boolean>) => Promise<void>

/** What a chapter is played with. */
export interface Stagehand {
  readonly tell: Tell
  readonly until: Until
  /** The flows that are shown from now on. */
  readonly show: (shares: Shares) => void
}

/** The operator authorises the shop: the real code flow, with PKCE, in the part of a browser. */
export async function authoriseShop({ keeper }: Cast): Promise<void> {
  const begun = await keeper.beginAuthorization('shop', 'acme', { redirectUri: REDIRECT_URI })
  const callback = await browseTo(new URL(begun.url), REDIRECT_URI)
  const { binding } = begun
  await keeper.completeAuthorization({ callback, binding, redirectUri: REDIRECT_URI })
}

export function syncId(flow: string): string {
  return `sync-${flow}`
}

/** Starts the sync of a flow's share with the ordinary Temporal client. */
export async function startSync(
  { client }: Cast,
  flow: string,
  more: Partial<SyncInput> = {},
): Promise<WorkflowHandle<() => Promise<SyncResult>>> {
  const input: SyncInput = {
    from: {
      connection: 'shop/acme',
      endpoint: 'orders.list',
      input: { flow, limit: ORDERS_PER_PAGE },
    },
    to: { connection: 'erp', endpoint: 'orders.upsert' },
    ...more,
  }
  return await client.workflow.start('syncFlow', {
    taskQueue: FLOW_TASK_QUEUE,
    workflowId: syncId(flow),
    args: [input],
  })
}

/** How much of some flows' shares is at the ERP, from 0 to 1. */
export function shareDone({ erp }: Cast, shares: Shares): number {
  const flows = Object.keys(shares)
  const done = flows.reduce((sum, flow) => sum + (erp.counters.ordersOfFlow[flow] ?? 0), 0)
  return done / flows.reduce((sum, flow) => sum + (shares[flow] ?? 0), 0)
}
