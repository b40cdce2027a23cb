import { NativeConnection } from '@temporalio/worker'
import { createKeeperWorker, secret } from 'tokenkeeper'
import { erp, shop } from './connector.js'

// The only process with the private key and the connectors' secrets.
const connection = await NativeConnection.connect({ address: 'localhost:7233' })
const worker = await createKeeperWorker({
  connection,
  connectors: [shop, erp],
  privateKeys: [secret('file:/run/keys/2026-11')],
})
await worker.run()
