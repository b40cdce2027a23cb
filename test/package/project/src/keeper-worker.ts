import { NativeConnection } from '@temporalio/worker'
import { createKeeperWorker, secret } from 'tokenkeeper'
import { stock } from './connector.js'

const [, , address = '', taskQueue = '', keyFile = ''] = process.argv
const connection = await NativeConnection.connect({ address })
const worker = await createKeeperWorker({
  connection,
  taskQueue,
  connectors: [stock],
  privateKeys: [secret(`file:${keyFile}`)],
})
await worker.run()
await connection.close()
