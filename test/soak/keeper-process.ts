import { startKeeper } from '../fixtures/whole-path.js'
import { type Pair, soakConnectors } from './soak-connectors.js'

/** What a round tells its keeper worker, which is a process of its own: it gets killed. */
export interface KeeperProcessInput {
  readonly address: string
  readonly taskQueue: string
  readonly keyFile: string
  readonly bundleFile: string
  readonly pairs: readonly Pair[]
}

const { address, taskQueue, keyFile, bundleFile, pairs } = JSON.parse(
  process.env['KEEPER_INPUT'] ?? '{}',
) as KeeperProcessInput
const keeper = await startKeeper(address, {
  keyFiles: [keyFile],
  taskQueue,
  // What comes with a heartbeat is waited for here: one a second, where a keeper sends one in five.
  maxHeartbeatThrottleInterval: '1s',
  workflowBundle: { codePath: bundleFile },
  connectors: pairs.flatMap(soakConnectors),
})
process.stdout.write('ready\n')
process.once('SIGTERM', () => void keeper.stop())
