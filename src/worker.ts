import { Client } from '@temporalio/client'
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { createActivities } from '../activities/index.js'
import { definitionFingerprint } from '../activities/token/definition-fingerprint.js'
import type { Connector } from './connectors/connector.js'
import type { SecretReference } from './contract/credential.js'
import { KEEPER_TASK_QUEUE } from './contract/token-activities.js'
import { createReferenceAllowList } from './sealing/reference-allow-list.js'
import { announceDefinitions } from './worker/announce-definitions.js'
import { indexConnectors } from './worker/index-connectors.js'
import { locate } from './worker/locate.js'
import { keyFilesOf, openKeyring } from './worker/open-keyring.js'
import { payloadConverterPath } from './worker/payload-converter-path.js'
import { setUpSearchAttributes } from './worker/search-attribute-setup.js'

export interface KeeperWorkerOptions extends Omit<
  WorkerOptions,
  'activities' | 'workflowsPath' | 'workflowBundle' | 'taskQueue'
> {
  readonly connection: NativeConnection
  readonly connectors: readonly Connector[]
  /** Key files of `npx tokenkeeper keygen`, oldest first: all open, the last one seals. */
  readonly privateKeys: readonly SecretReference[]
  /** Default `tokenkeeper`. */
  readonly taskQueue?: string
  /** What references in messages may name. Default `env:TOKENKEEPER_SECRET_*` and `file:/run/secrets/*`. */
  readonly references?: readonly string[]
}

/**
 * Makes the worker that holds the keys: it runs the token workflows, their token requests, and the
 * calls and syncs of flows, on its own task queue. `await worker.run()` as with any Temporal worker.
 *
 * @throws TypeError for options that can't be; ApplicationFailure `SecretUnresolved` for a missing key
 */
export async function createKeeperWorker(options: KeeperWorkerOptions): Promise<Worker> {
  const { connectors, privateKeys, references, ...rest } = options
  const taskQueue = options.taskQueue ?? KEEPER_TASK_QUEUE
  const namespace = options.namespace ?? 'default'
  const byId = indexConnectors(connectors)
  const keyring = await openKeyring(privateKeys)
  const allowed = createReferenceAllowList({
    ...(references === undefined ? {} : { allow: references }),
    keyFiles: keyFilesOf(privateKeys),
  })
  await setUpSearchAttributes(options.connection, namespace, (message) => {
    process.emitWarning(message, 'TokenkeeperWarning')
  })
  const state: { worker?: Worker } = {}
  const isDraining = (): boolean =>
    state.worker !== undefined && state.worker.getState() !== 'RUNNING'
  const worker = await Worker.create({
    stickyQueueScheduleToStartTimeout: '1s',
    // Longer than the limit of a token request, so that its answer is never thrown away.
    shutdownGraceTime: '25s',
    ...rest,
    namespace,
    taskQueue,
    workflowsPath: locate('workflows/index.js'),
    activities: createActivities({ connectors: byId, keyring, references: allowed, isDraining }),
    dataConverter: {
      ...rest.dataConverter,
      payloadConverterPath: payloadConverterPath(rest.dataConverter?.payloadConverterPath),
    },
  })
  state.worker = worker
  return announcing(worker, async (signal) => {
    const fingerprints = new Map(
      connectors.map((connector) => [connector.id, definitionFingerprint(connector)]),
    )
    const client = new Client({
      connection: options.connection,
      namespace,
      ...(rest.dataConverter === undefined ? {} : { dataConverter: rest.dataConverter }),
    })
    await announceDefinitions(client, taskQueue, fingerprints, signal)
  })
}

/** Once the worker runs, connections hear of its definitions; that never fails the worker. */
function announcing(worker: Worker, announce: (signal: AbortSignal) => Promise<void>): Worker {
  const run = worker.run.bind(worker)
  worker.run = async () => {
    const abort = new AbortController()
    const told = announce(abort.signal).catch(() => undefined)
    try {
      await run()
    } finally {
      abort.abort()
      await told
    }
  }
  return worker
}
