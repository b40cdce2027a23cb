import { fileURLToPath } from 'node:url'
import { NativeConnection, Worker } from '@temporalio/worker'
import { secret, TokenkeeperPlugin } from 'tokenkeeper'
import { countOrders } from './activities.js'
import { erp, shop } from './connector.js'

// Keeper and flow worker in one process: the plugin runs a keeper worker beside yours.
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: 'localhost:7233' }),
  taskQueue: 'flows',
  workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)),
  activities: { countOrders },
  plugins: [
    new TokenkeeperPlugin({
      connectors: [shop, erp],
      privateKeys: [secret('file:/run/keys/2026-11')],
    }),
  ],
})
await worker.run()
