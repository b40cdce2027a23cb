import { fileURLToPath } from 'node:url'
import { NativeConnection, Worker } from '@temporalio/worker'

const [, , address = '', taskQueue = ''] = process.argv
const connection = await NativeConnection.connect({ address })
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('workflows.js', import.meta.url)),
})
await worker.run()
await connection.close()
