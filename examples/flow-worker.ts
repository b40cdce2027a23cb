import { fileURLToPath } from 'node:url'
import { Worker } from '@temporalio/worker'

// An ordinary Temporal worker: no key, no connector, no secret.
const worker = await Worker.create({
  taskQueue: 'flows',
  workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)),
})
await worker.run()
