import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection } from '@temporalio/worker'
import { createKeeperWorker, secret } from 'tokenkeeper'
import { erp, shop } from './connector.js'

// The only process with the private key and the connectors' secrets.
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await NativeConnection.connect(connectionOptions)
const worker = await createKeeperWorker({
  connection,
  namespace,
  connectors: [shop, erp],
  privateKeys: [secret(`file:${process.cwd()}/keeper.key`)],
})
console.log('The keeper worker is ready.')
await worker.run()
await connection.close()
