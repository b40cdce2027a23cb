import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection, Worker } from '@temporalio/worker'
import { secret, TokenkeeperClient, TokenkeeperPlugin } from 'tokenkeeper'
import { shop } from './connector.js'
import { upstream } from './upstream.js'
import { orderTotal } from './workflows.js'

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await NativeConnection.connect(connectionOptions)
const key = secret(`file:${process.cwd()}/keeper.key`)
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: 'flows',
  workflowsPath: fileURLToPath(new URL(`workflows${extname(import.meta.url)}`, import.meta.url)),
  // Runs a keeper worker beside this one: it holds the key, gets the tokens and sends the requests.
  plugins: [new TokenkeeperPlugin({ connectors: [shop], privateKeys: [key] })],
})
const client = new Client({ connection, namespace })
const publicKey = process.env['TOKENKEEPER_PUBLIC_KEY'] ?? ''
const keeper = new TokenkeeperClient({ client, publicKey })

await worker.runUntil(async () => {
  // Sealed before it leaves this process; answers when the first token is there.
  const { status } = await keeper.connect('shop', 'acme', { clientSecret: 'not-a-secret' })
  const order = { workflowId: 'total-4711', taskQueue: 'flows', args: ['acme', '4711'] as const }
  const total = await client.workflow.execute(orderTotal, order)
  console.log({ status, total })
})
await connection.close()
upstream.close()
