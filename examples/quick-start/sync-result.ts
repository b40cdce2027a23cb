import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { syncFlow } from 'tokenkeeper/workflow'

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await Connection.connect(connectionOptions)
const client = new Client({ connection, namespace })

// An ordinary workflow: any client of Temporal waits for its result.
const [, , workflowId = ''] = process.argv
const { pages, read, written } = await client.workflow.result<typeof syncFlow>(workflowId)
console.log(`Done: ${pages} pages, ${read} records read, ${written} written.`)
await connection.close()
