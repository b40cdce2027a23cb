import { NativeConnection, Worker } from '@temporalio/worker'
import { TokenkeeperPlugin } from '../../src/plugin.js'
import { authorizedFetch } from '../../activities/fetch/authorized-fetch.js'

const [address = '', taskQueue = '', connector = ''] = process.argv.slice(2)
const connection = await NativeConnection.connect({ address })
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: new URL('./workflows.ts', import.meta.url).pathname,
  plugins: [new TokenkeeperPlugin({ keeper: 'elsewhere' })],
  activities: {
    fetchHere: async () => (await authorizedFetch(connector, 'acme')('/shop')).status,
  },
})
process.stdout.write(`ready ${Object.keys(process.env).sort().join(',')}\n`)
process.once('SIGTERM', () => {
  worker.shutdown()
})
await worker.run()
await connection.close()
