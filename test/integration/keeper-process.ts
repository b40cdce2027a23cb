import { erpConnector, shopConnector, startKeeper } from '../fixtures/whole-path.js'
import { fetchBundle } from '../setup/workflow-bundle.js'

/** What the test tells a keeper worker that runs as a process of its own. */
export interface KeeperProcessInput {
  readonly address: string
  readonly taskQueue: string
  readonly keyFile: string
  readonly bundleUrl: string
  readonly shop: { readonly id: string; readonly origin: string; readonly tokenUrl: string }
  readonly erp: { readonly id: string; readonly origin: string }
  readonly client: { readonly clientId: string; readonly clientSecret: string }
}

const input = JSON.parse(process.env['KEEPER_INPUT'] ?? '{}') as KeeperProcessInput
const { shop, erp, client } = input
const keeper = await startKeeper(input.address, {
  keyFiles: [input.keyFile],
  taskQueue: input.taskQueue,
  shutdownGraceTime: '25s',
  // What comes with a heartbeat is waited for here: one a second, where a keeper sends one in five.
  maxHeartbeatThrottleInterval: '1s',
  workflowBundle: await fetchBundle(input.bundleUrl),
  connectors: [
    shopConnector(shop.id, shop.origin, { clients: [client] }, shop.tokenUrl),
    erpConnector(erp.id, erp.origin),
  ],
})
process.stdout.write('ready\n')
process.once('SIGTERM', () => void keeper.stop())
