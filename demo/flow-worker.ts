import { fileURLToPath } from 'node:url'
import { Worker } from '@temporalio/worker'
import { FLOW_TASK_QUEUE } from './flows.js'
import { runWorkerProcess } from './worker-process.js'

/** The flow worker: an ordinary Temporal worker without key, connector or secret. */
await runWorkerProcess((connection) =>
  Worker.create({
    connection,
    taskQueue: FLOW_TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
  }),
)
