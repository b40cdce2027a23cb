import { defaultPayloadConverter } from '@temporalio/common'
import type { Client } from '@temporalio/client'
import { FLOW_REPLY_SIGNAL, type LeaseReply } from '../src/contract/messages.js'
import type { Cast } from './cast.js'
import { FIRST, SECOND } from './flows.js'
import type { Story } from './story.js'

/** The figures of the demo, each counted by the party that knows it. */
export interface Tally {
  readonly ordersAtShop: number
  readonly ordersAtErp: number
  readonly lost: number
  readonly appliedTwice: number
  readonly receivedTwice: number
  readonly generations: number
  readonly minTokensPerFlow: number
  readonly refreshRequests: number
  readonly maxRefreshesPerGeneration: number
  readonly familiesRevoked: number
  readonly rejections: number
  readonly leases: number
  readonly parked: number
  readonly resumed: number
  readonly replayed: number
  readonly waitedSeconds: number
  readonly callsOverLimit: number
  readonly seconds: number
}

export interface Row {
  readonly figure: keyof Tally
  readonly what: string
  readonly countedBy: string
  readonly promise?: string
  readonly holds?: boolean
}

/** Counts when the flows are done. */
export async function takeTally(
  cast: Cast,
  { flows, parked, resumed, replayed, waitedSeconds }: Story,
  seconds: number,
): Promise<Tally> {
  const { authorizationServer, shop, erp, client } = cast
  const as = authorizationServer.counters
  return {
    ordersAtShop: shop.counters.orders,
    ordersAtErp: erp.counters.orders,
    lost: erp.missing(shop.orderIds()).length,
    appliedTwice: erp.counters.appliedTwice,
    receivedTwice: erp.counters.receivedTwice,
    generations: as.refreshed,
    minTokensPerFlow: Math.min(
      ...Object.keys(FIRST).map((flow) => shop.counters.tokensOfFlow[flow] ?? 0),
    ),
    refreshRequests: as.refreshRequests,
    maxRefreshesPerGeneration: as.maxRefreshesPerGeneration,
    familiesRevoked: as.familiesRevoked,
    rejections: shop.counters.rejections,
    leases: await countLeases(client, flows),
    parked,
    resumed,
    replayed,
    waitedSeconds,
    callsOverLimit: shop.counters.limited,
    seconds: Math.round(seconds * 10) / 10,
  }
}

/** The rows of the last table, with what the demo promises. */
export function toRows(tally: Tally, rejectionsOfRevoked: number): readonly Row[] {
  const reach = (figure: keyof Tally, least: number) =>
    ({ figure, promise: `at least ${String(least)}`, holds: tally[figure] >= least }) as const
  const exactly = (figure: keyof Tally, value: number) =>
    ({ figure, promise: String(value), holds: tally[figure] === value }) as const
  return [
    { ...reach('ordersAtShop', 3000), what: 'orders at the shop', countedBy: 'shop' },
    { figure: 'ordersAtErp', what: 'orders at the ERP', countedBy: 'ERP' },
    { ...exactly('lost', 0), what: 'lost', countedBy: 'shop, ERP' },
    { ...exactly('appliedTwice', 0), what: 'applied twice', countedBy: 'ERP' },
    { figure: 'receivedTwice', what: 'writes received twice and recognised', countedBy: 'ERP' },
    {
      ...reach('generations', 5),
      what: 'generations of the token',
      countedBy: 'authorization server',
    },
    {
      ...reach('minTokensPerFlow', 3),
      what: 'tokens in each flow of chapter one, least',
      countedBy: 'shop',
    },
    { figure: 'refreshRequests', what: 'refresh requests', countedBy: 'authorization server' },
    {
      ...exactly('maxRefreshesPerGeneration', 1),
      what: 'refreshes of one generation, most',
      countedBy: 'authorization server',
    },
    {
      ...exactly('familiesRevoked', 0),
      what: 'families revoked',
      countedBy: 'authorization server',
    },
    {
      figure: 'rejections',
      what: '401s, all for the token that it revoked',
      countedBy: 'shop',
      promise: 'no other',
      holds: tally.rejections === rejectionsOfRevoked,
    },
    { figure: 'leases', what: 'leases', countedBy: 'Temporal' },
    {
      ...exactly('parked', Object.keys(SECOND).length),
      what: 'flows parked for the dead grant',
      countedBy: 'token workflow',
    },
    {
      ...exactly('resumed', Object.keys(SECOND).length - 1),
      what: 'of them went on by themselves',
      countedBy: 'Temporal',
    },
    { ...exactly('replayed', 1), what: 'failed and was replayed', countedBy: 'Temporal' },
    {
      figure: 'waitedSeconds',
      what: 'seconds waited as the shop said, all flows',
      countedBy: 'flows',
    },
    {
      figure: 'callsOverLimit',
      what: 'calls over the limit of the shop',
      countedBy: 'shop',
      promise: 'one a flow at most',
      holds: tally.callsOverLimit <= Object.keys(SECOND).length,
    },
    { figure: 'seconds', what: 'seconds', countedBy: 'clock' },
  ]
}

/** Leases as Temporal recorded them: granted replies in the histories of the flows. */
async function countLeases(client: Client, flows: readonly string[]): Promise<number> {
  let leases = 0
  for (const flow of flows) {
    const { events } = await client.workflow.getHandle(flow).fetchHistory()
    for (const { workflowExecutionSignaledEventAttributes: signal } of events ?? []) {
      const payload = signal?.input?.payloads?.[0]
      if (signal?.signalName !== FLOW_REPLY_SIGNAL || payload == null) continue
      const reply = defaultPayloadConverter.fromPayload<LeaseReply>(payload)
      if (reply.outcome === 'granted') leases += 1
    }
  }
  return leases
}
