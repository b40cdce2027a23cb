import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection, Worker } from '@temporalio/worker'

// An ordinary Temporal worker: no key, no connector, no secret.
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await NativeConnection.connect(connectionOptions)
// `workflows.ts` under a loader, `workflows.js` once it is compiled.
const workflows = new URL(`workflows${extname(import.meta.url)}`, import.meta.url)
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: 'flows',
  workflowsPath: fileURLToPath(workflows),
})
console.log('The flow worker is ready.')
await worker.run()
await connection.close()
