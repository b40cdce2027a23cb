import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { syncWorkflowId } from 'tokenkeeper'
import { type SyncInput, syncFlow } from 'tokenkeeper/workflow'

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await Connection.connect(connectionOptions)
const client = new Client({ connection, namespace })

const sync: SyncInput = {
  from: { connection: 'shop/acme', endpoint: 'orders.list' },
  to: { connection: 'erp', endpoint: 'orders.upsert' },
}
const workflowId = syncWorkflowId(sync)
// The same id does not run twice at once: a second start is refused.
await client.workflow.start(syncFlow, { workflowId, taskQueue: 'flows', args: [sync] })
console.log(`Started ${workflowId}`)
await connection.close()
