import { fileURLToPath } from 'node:url'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { prometheusMetrics, serveWorkerHealth } from 'tokenkeeper/worker'

const metrics = process.env['TOKENKEEPER_METRICS']
if (metrics !== undefined)
  Runtime.install({ telemetryOptions: { metrics: prometheusMetrics(metrics) } })
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await NativeConnection.connect(connectionOptions)
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: 'flows',
  workflowsPath: fileURLToPath(new URL('workflows.js', import.meta.url)),
})
const health = await serveWorkerHealth(worker)
await worker.run()
await health?.close()
await connection.close()
