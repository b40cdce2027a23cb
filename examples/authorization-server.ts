import { serve } from '@hono/node-server'
import { Client, Connection } from '@temporalio/client'
import { Hono } from 'hono'
import { TokenkeeperClient } from 'tokenkeeper'
import { createAuthorizationHandler } from 'tokenkeeper/web'
import { accountOf } from './session.js'

const connection = await Connection.connect({ address: 'localhost:7233' })
const keeper = new TokenkeeperClient({
  client: new Client({ connection }),
  publicKey: process.env['TOKENKEEPER_PUBLIC_KEY'] ?? '',
})

// A customer opens /connections/start/shop/<account>; the provider sends them back to /connections/callback.
const authorizations = createAuthorizationHandler({
  keeper,
  publicUrl: 'https://app.example/connections',
  // Whoever is signed in may connect their own account, and nothing else.
  mayConnect: async (request, { connector, account }) =>
    connector === 'shop' && account === (await accountOf(request)),
  home: { label: 'Back to your settings', url: 'https://app.example/settings' },
})

const app = new Hono().route('/connections', authorizations.app)
serve({ fetch: app.fetch, port: 3000 })
