import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { copyOrder } from './workflows.js'

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await Connection.connect(connectionOptions)
const client = new Client({ connection, namespace })

const total = await client.workflow.execute(copyOrder, {
  workflowId: 'copy-acme-7',
  taskQueue: 'flows',
  args: ['acme', '7'],
})
console.log(`Order 7 is copied; its total is ${total}.`)
await connection.close()
