import { Client, Connection } from '@temporalio/client'
import { TokenkeeperClient } from 'tokenkeeper'
import { copyOrder, syncFlow } from './workflow.js'

const refreshToken = process.env['SHOP_REFRESH_TOKEN'] ?? ''
const publicKey = process.env['TOKENKEEPER_PUBLIC_KEY'] ?? ''

const connection = await Connection.connect({ address: 'localhost:7233' })
const client = new Client({ connection })
const keeper = new TokenkeeperClient({ client, publicKey })

// Sealed here, before it leaves this process; answers when the first token works.
await keeper.connect('shop', 'acme', { refreshToken })
// Or by a reference that the keeper worker resolves.
await keeper.connect('erp', 'default', { reference: 'env:TOKENKEEPER_SECRET_ERP' })

const total = await client.workflow.execute(copyOrder, {
  workflowId: 'copy-acme-4711',
  taskQueue: 'flows',
  args: ['acme', '4711'],
})
const result = await client.workflow.execute(syncFlow, {
  workflowId: 'sync-acme',
  taskQueue: 'flows',
  args: [
    {
      from: { connection: 'shop/acme', endpoint: 'orders.list' },
      to: { connection: 'erp', endpoint: 'orders.upsert' },
    },
  ],
})
console.log({ total, result, status: await keeper.status('shop', 'acme') })
await connection.close()
