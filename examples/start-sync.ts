import { Client, Connection } from '@temporalio/client'
import { type SyncInput, syncWorkflowId, TokenkeeperClient } from 'tokenkeeper'
import { syncFlow } from 'tokenkeeper/workflow'

const connection = await Connection.connect({ address: 'localhost:7233' })
const client = new Client({ connection })
const sync: SyncInput = {
  from: { connection: 'shop/acme', endpoint: 'orders.list' },
  to: { connection: 'erp', endpoint: 'orders.upsert' },
  onBadRecord: 'set-aside',
}
const workflowId = syncWorkflowId(sync)
// The same id does not run twice at once: a second start is refused.
await client.workflow.start(syncFlow, { workflowId, taskQueue: 'flows', args: [sync] })

const keeper = new TokenkeeperClient({ client })
console.log(await keeper.progress(workflowId))
await connection.close()
