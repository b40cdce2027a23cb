import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import type { SyncInput } from '../../src/contract/sync.js'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { endWorkflows } from '../fixtures/end-workflows.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import { type MisbehavingProxy, startMisbehavingProxy } from '../fixtures/misbehaving-proxy.js'
import { type Shop, startShop } from '../fixtures/shop.js'
import { connectClient, makeKey, type TestClient } from '../fixtures/whole-path.js'
import { type Child, startChild } from '../integration/child.js'
import { testBundle } from '../integration/stage.js'
import type { KeeperProcessInput } from './keeper-process.js'
import type { Pair } from './soak-connectors.js'

export const ORDERS = 60
export const PAGE_SIZE = 5
const PAGE_DELAY_MS = 100
const ACCESS_TOKEN_SECONDS = 4

/** One sync's connections and the proxies before what they call. */
export interface Lane {
  readonly pair: Pair
  readonly flow: string
  readonly shop: MisbehavingProxy
  readonly erp: MisbehavingProxy
  readonly tokens: MisbehavingProxy
}

/** A round of syncs on one keeper worker, which is a process and may be killed. */
export interface SoakStage extends TestClient {
  readonly run: string
  readonly server: AuthorizationServer
  readonly shop: Shop
  readonly erp: Erp
  readonly erpKey: string
  readonly lanes: readonly Lane[]
  readonly restartKeeper: (signal: NodeJS.Signals) => Promise<void>
  readonly start: (lane: Lane, more: Partial<SyncInput>) => Promise<WorkflowHandle>
  readonly end: () => Promise<void>
}

export async function startSoakStage(address: string, count: number): Promise<SoakStage> {
  const run = randomUUID().slice(0, 8)
  const taskQueue = `soak-${run}`
  const clientSecret = randomBytes(16).toString('hex')
  const erpKey = randomBytes(16).toString('hex')
  const flows = Array.from({ length: count }, (_, index) => String(index))
  const server = await startAuthorizationServer({
    accessTokenSeconds: ACCESS_TOKEN_SECONDS,
    clients: [{ clientId: 'soak', clientSecret }],
  })
  const shop = await startShop({
    authorizationServer: server,
    orders: Object.fromEntries(flows.map((flow) => [flow, ORDERS])),
    pageDelayMs: PAGE_DELAY_MS,
    relativeLinks: true,
  })
  const erp = await startErp({ keys: [erpKey] })
  const lanes = await Promise.all(
    flows.map(async (flow): Promise<Lane> => {
      const [shopProxy, erpProxy, tokens] = await Promise.all([
        startMisbehavingProxy(shop.origin, { path: '/orders' }),
        startMisbehavingProxy(erp.origin, { path: '/orders/batch' }),
        startMisbehavingProxy(server.origin),
      ])
      const pair = {
        id: `${run}-${flow}`,
        shop: shopProxy.origin,
        erp: erpProxy.origin,
        tokenUrl: `${tokens.origin}/token`,
      }
      return { pair, flow, shop: shopProxy, erp: erpProxy, tokens }
    }),
  )
  const { file: keyFile, publicKey } = await makeKey()
  const bundleFile = join(dirname(keyFile), 'bundle.js')
  await writeFile(bundleFile, (await testBundle()).code)
  const pairs = lanes.map(({ pair }) => pair)
  const input: KeeperProcessInput = { address, taskQueue, keyFile, bundleFile, pairs }
  const startKeeper = (): Promise<Child> =>
    startChild('../soak/keeper-process.ts', [], {
      PATH: process.env['PATH'] ?? '',
      KEEPER_INPUT: JSON.stringify(input),
      SOAK_CLIENT_SECRET: clientSecret,
    })
  let keeper = await startKeeper()
  const client = await connectClient(address, taskQueue, publicKey)
  return {
    ...client,
    run,
    server,
    shop,
    erp,
    erpKey,
    lanes,
    restartKeeper: async (signal) => {
      await keeper.kill(signal)
      keeper = await startKeeper()
    },
    start: ({ pair, flow }, more) =>
      client.client.workflow.start('syncFlow', {
        taskQueue,
        workflowId: `soak-${run}-${flow}`,
        args: [
          {
            from: {
              connection: `shop-${pair.id}`,
              endpoint: 'orders.list',
              input: { flow, limit: PAGE_SIZE },
            },
            to: { connection: `erp-${pair.id}`, endpoint: 'orders.write' },
            keeperTaskQueue: taskQueue,
            ...more,
          } satisfies SyncInput,
        ],
      }),
    end: async () => {
      await keeper.kill('SIGTERM')
      await endWorkflows(client.client, taskQueue)
      await client.close()
      const proxies = lanes.flatMap((lane) => [lane.shop, lane.erp, lane.tokens])
      await Promise.all([...proxies, shop, erp].map(({ stop }) => stop()))
      await server.stop()
    },
  }
}
