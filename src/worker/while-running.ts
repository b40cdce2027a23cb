import { noopMetricMeter } from '@temporalio/common'
import { Runtime, type WorkerPlugin } from '@temporalio/worker'
import type { Keeper } from '../../activities/keeper/keeper.js'
import { definitionFingerprint } from '../../activities/token/definition-fingerprint.js'
import { sendDefinitionNoticesTwice } from './definition-notices.js'
import { measureFleet } from './fleet-metrics.js'
import { logLine } from './log-line.js'
import { KEEPER_PLUGIN } from './worker-options.js'

/** What a keeper worker does while it runs. As a plugin, so that it holds for `run` and `runUntil` alike. */
export function whileRunning(keeper: Keeper, taskQueue: string): WorkerPlugin {
  return {
    name: KEEPER_PLUGIN,
    runWorker: async (worker, next) => {
      const stopping = new AbortController()
      const running = next(worker)
      const { client } = worker
      // Not waited for: at most one request is on its way when the worker ends.
      if (client !== undefined)
        void sendDefinitionNoticesTwice({
          client,
          taskQueue,
          fingerprints: fingerprintsOf(keeper),
          keyIds: keeper.keyring.keyIds,
          notices: keeper.notices.isOn,
          signal: stopping.signal,
          log: logLine,
        })
      if (client !== undefined && Runtime.instance().metricMeter !== noopMetricMeter)
        void measureFleet({
          client,
          taskQueue,
          measure: keeper.measure,
          everyMs: keeper.metricsIntervalMs,
          tags: keeper.metricsTags,
          signal: stopping.signal,
        })
      try {
        await running
      } catch (error) {
        throw stopped(taskQueue, error)
      } finally {
        stopping.abort()
      }
    },
  }
}

async function fingerprintsOf({
  connectors,
  keyring,
}: Keeper): Promise<ReadonlyMap<string, string>> {
  const entries = [...connectors].map(
    async ([id, connector]) => [id, await definitionFingerprint(connector, keyring)] as const,
  )
  return new Map(await Promise.all(entries))
}

/** A keeper that ends by itself must take its process with it: nothing else would start it again. */
function stopped(taskQueue: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : 'unknown error'
  return new Error(
    `the keeper worker of task queue '${taskQueue}' stopped without being asked (${why}); let this process end, so that its supervisor starts it anew`,
    { cause },
  )
}
