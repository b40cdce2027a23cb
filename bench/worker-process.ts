import { DefaultLogger, Runtime } from '@temporalio/worker'
import { withoutUndefined } from '../src/contract/plain-data.js'
import { startKeeper } from '../test/fixtures/whole-path.js'
import { bundleOf } from './bundles.js'
import { childConfig } from './child.js'
import { startFlowWorker } from './stage.js'
import { createPlainCall } from './plain-call.js'
import { benchConnectors, plainToken } from './upstream.js'

/** A worker in a process of its own, and how much memory it has. */
export interface WorkerProcessConfig {
  readonly side: 'keeper' | 'bare' | 'plain-calls'
  readonly address: string
  readonly taskQueue: string
  readonly keyFile: string
  readonly origin: string
  /** Workflow code in the main thread, where its garbage can be collected before memory is read. */
  readonly sameThread?: boolean
  /** How many workflows are kept in the cache; absent: as many as the worker keeps by itself. */
  readonly cached?: number
  /** A keeper bundles its workflow code by itself, as it does at each start. */
  readonly bundles?: boolean
}

/** In answer to any message. */
export interface MemoryTold {
  readonly heapBytes: number
  readonly residentBytes: number
}

const config = childConfig() as WorkerProcessConfig
const {
  side,
  address,
  taskQueue,
  keyFile,
  origin,
  sameThread = false,
  cached,
  bundles = false,
} = config
Runtime.install({ logger: new DefaultLogger('ERROR') })
const memory = sameThread ? { debugMode: true, maxCachedWorkflows: 10_000 } : {}
if (side === 'keeper')
  await startKeeper(address, {
    keyFiles: [keyFile],
    taskQueue,
    connectors: benchConnectors(origin),
    sinks: { drop: () => undefined },
    ...memory,
    ...withoutUndefined({
      maxCachedWorkflows: cached,
      workflowBundle: bundles ? undefined : bundleOf('keeper'),
    }),
  })
else if (side === 'plain-calls') {
  const token = await plainToken(origin)
  await startFlowWorker(address, {
    taskQueue,
    activities: { plainCall: createPlainCall(origin, token) },
  })
} else
  await startFlowWorker(address, {
    taskQueue,
    workflowBundle: bundleOf('idle-flow'),
    ...memory,
  })

process.on('message', () => process.send?.(tellMemory()))
process.send?.(tellMemory())

function tellMemory(): MemoryTold {
  for (let times = 0; times < 3; times += 1) globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heapBytes: heapUsed + external, residentBytes: rss }
}
