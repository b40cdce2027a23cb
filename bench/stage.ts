import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import type { Client } from '@temporalio/client'
import { TokenkeeperClient } from '../src/client/tokenkeeper-client.js'
import { connectClient, makeKey, startKeeper } from '../test/fixtures/whole-path.js'
import { bundleOf } from './bundles.js'
import { startUpstream, type Upstream } from './upstream.js'

export const FLOW_QUEUE = 'flows'
export const KEEPER_QUEUE = 'tokenkeeper'

export interface Stage {
  readonly address: string
  readonly upstream: Upstream
  readonly client: Client
  readonly keeper: TokenkeeperClient
  /** For a keeper worker on another task queue. */
  readonly keeperOf: (taskQueue: string) => TokenkeeperClient
  readonly keyFile: string
}

/** Upstream and client; the Temporal server was started by the main process. */
export async function startStage(): Promise<Stage> {
  const address = process.env['BENCH_TEMPORAL_ADDRESS'] ?? ''
  const upstream = await startUpstream()
  const { file: keyFile, publicKey } = await makeKey()
  const { client, keeper } = await connectClient(address, KEEPER_QUEUE, publicKey)
  const keeperOf = (taskQueue: string) => new TokenkeeperClient({ client, publicKey, taskQueue })
  return { address, upstream, client, keeper, keeperOf, keyFile }
}

/** A keeper worker with default options in this process. */
export async function startBenchKeeper(stage: Stage): Promise<void> {
  await startKeeper(stage.address, {
    keyFiles: [stage.keyFile],
    taskQueue: KEEPER_QUEUE,
    connectors: stage.upstream.connectors,
    workflowBundle: bundleOf('keeper'),
  })
}

/** A worker with default options for the flows of both sides. */
export async function startFlowWorker(
  address: string,
  options: Partial<WorkerOptions> = {},
): Promise<void> {
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue: FLOW_QUEUE,
    workflowBundle: bundleOf('flows'),
    ...options,
  })
  worker.run().catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  })
}
