import { Client, Connection } from '@temporalio/client'
import { type ConnectionStatus, TokenkeeperClient } from 'tokenkeeper'
import { labelOf, syncFlow } from './workflows.js'

const [, , address = '', keeperTaskQueue = '', flowTaskQueue = '', publicKey = '', apiKey = ''] =
  process.argv
const connection = await Connection.connect({ address })
const client = new Client({ connection })
const keeper = new TokenkeeperClient({ client, publicKey, taskQueue: keeperTaskQueue })
const { status }: ConnectionStatus = await keeper.connect('package-stock', 'default', { apiKey })

const label = await client.workflow.execute(labelOf, {
  workflowId: 'package-label',
  taskQueue: flowTaskQueue,
  args: ['7', keeperTaskQueue],
})
const sync = await client.workflow.execute(syncFlow, {
  workflowId: 'package-sync',
  taskQueue: flowTaskQueue,
  args: [
    {
      from: { connection: 'package-stock', endpoint: 'items.list' },
      to: { connection: 'package-stock', endpoint: 'items.upsert' },
      keeperTaskQueue,
    },
  ],
})
console.log(JSON.stringify({ status, label, sync }))
await connection.close()
