import { serve } from '@hono/node-server'
import { Client } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection } from '@temporalio/worker'
import { Hono } from 'hono'
import { createKeeperWorker, secret, TokenkeeperClient } from 'tokenkeeper'
import { createAuthorizationHandler } from 'tokenkeeper/web'
import { shop } from './connector.js'
import { accountOf } from './session.js'

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await NativeConnection.connect(connectionOptions)
// In production the keeper worker is a process of its own: this server needs the public key only.
const worker = await createKeeperWorker({
  connection,
  namespace,
  connectors: [shop],
  privateKeys: [secret(`file:${process.cwd()}/keeper.key`)],
})
const keeper = new TokenkeeperClient({
  client: new Client({ connection, namespace }),
  publicKey: process.env['TOKENKEEPER_PUBLIC_KEY'] ?? '',
})

// Two addresses: /start/<connector>/<account> sends a browser to the provider, /callback takes it back.
const authorizations = createAuthorizationHandler({
  keeper,
  publicUrl: 'http://127.0.0.1:4803/connections',
  // Whoever is signed in may connect their own account, and nothing else.
  mayConnect: async (request, { connector, account }) =>
    connector === 'shop' && account === (await accountOf(request)),
})

const app = new Hono().route('/connections', authorizations.app)
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 4803 }, () => {
  console.log('Open http://127.0.0.1:4803/connections/start/shop/acme')
})
await worker.run()
server.close()
await connection.close()
