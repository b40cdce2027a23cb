import type { Worker } from '@temporalio/worker'
import { createPreparedWorker } from './create-prepared-worker.js'
import type { KeeperWorkerOptions } from './keeper-options.js'
import { prepareKeeper } from './prepare-keeper.js'

/**
 * Makes the worker that holds the keys: it runs the token workflows, their token requests, and the
 * calls and syncs of flows, on its own task queue. `await worker.run()` as with any Temporal worker.
 * Takes what `Worker.create` takes beside; a `dataConverter` of yours is kept and made tolerant, and a
 * `workflowBundle` of yours must export what a keeper runs by itself.
 *
 * @throws TypeError for options that can't be; ApplicationFailure `SecretUnresolved` for a missing key
 */
export async function createKeeperWorker(options: KeeperWorkerOptions): Promise<Worker> {
  const { connectors, privateKeys, keyFileAccess, references, ...others } = options
  const { customAuth, sinks, transforms, maxIdBytes, metricsInterval, ...rest } = others
  const prepared = await prepareKeeper({
    connectors,
    privateKeys,
    keyFileAccess,
    references,
    customAuth,
    sinks,
    transforms,
    maxIdBytes,
    metricsInterval,
  })
  return await createPreparedWorker(prepared, rest)
}
