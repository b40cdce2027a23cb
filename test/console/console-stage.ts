import { randomBytes, randomUUID } from 'node:crypto'
import { type ServerType, serve } from '@hono/node-server'
import { inject } from 'vitest'
import { freePorts } from '../../scripts/temporal/free-ports.js'
import {
  apiKey,
  authorizationCode,
  type Connector,
  defineConnector,
  get,
  linkHeader,
  post,
  secret,
} from '../../src/connectors/index.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { createConnectPages, createConsole } from '../../src/console/index.js'
import type { SyncInput, SyncResult } from '../../src/contract/sync.js'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { endWorkflows } from '../fixtures/end-workflows.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import { type Shop, startShop } from '../fixtures/shop.js'
import {
  connectClient,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { testBundle } from '../integration/stage.js'

/** A Temporal server, `oidc-provider`, a shop, an ERP, a keeper worker and the console on loopback. */
export interface ConsoleStage extends TestClient {
  readonly run: string
  readonly base: string
  readonly taskQueue: string
  readonly token: string
  readonly viewerToken: string
  readonly server: AuthorizationServer
  readonly shop: Shop
  readonly erp: Erp
  readonly shopId: string
  readonly erpId: string
  /** Asks for a region; in the region `busy` its token endpoint wants to be asked again in two minutes. */
  readonly regionalId: string
  /** Two keys that the ERP takes. */
  readonly erpKeys: readonly [string, string]
  readonly clientSecret: string
  readonly linkKey: string
  readonly failures: unknown[]
  readonly worker: Keeper
  /** Starts a sync of the shop's orders into an account of the ERP. */
  readonly sync: (name: string, account?: string) => Promise<string>
  readonly stop: () => Promise<void>
}

const SECRET = 'TEST_CONSOLE_CLIENT_SECRET'

export async function startConsoleStage(): Promise<ConsoleStage> {
  const run = randomUUID().slice(0, 8)
  const address = inject('temporalAddress')
  const taskQueue = `console-${run}`
  const [port = 0] = await freePorts(1)
  const base = `http://127.0.0.1:${String(port)}`
  const clientSecret = `canary-client-${randomBytes(12).toString('hex')}`
  process.env[SECRET] = clientSecret
  const server = await startAuthorizationServer({
    accessTokenSeconds: 3600,
    clients: [{ clientId: 'tokenkeeper', clientSecret }],
    redirectUris: ['/callback', '/oidc/sign-in/callback', '/connect/callback'].map(
      (path) => `${base}${path}`,
    ),
  })
  const shop = await startShop({ authorizationServer: server, orders: { a: 40 }, pageDelayMs: 0 })
  const key = (): string => `canary-erp-${randomBytes(12).toString('hex')}`
  const erpKeys = [key(), key()] as const
  const erp = await startErp({ keys: [...erpKeys] })
  // On pictures for the documents names are not of this run.
  const suffix = process.env['TOKENKEEPER_SCREENSHOTS'] === undefined ? `-${run}` : ''
  const [shopId, erpId, regionalId] = [`shop${suffix}`, `erp${suffix}`, `regional${suffix}`]
  const { file, publicKey } = await makeKey()
  const worker = await startKeeper(address, {
    keyFiles: [file],
    taskQueue,
    connectors: [
      shopOf(shopId, shop, server),
      erpOf(erpId, erp),
      regionalOf(regionalId, { shop, server, base }),
    ],
    workflowBundle: await testBundle(),
  })
  const client = await connectClient(address, taskQueue, publicKey)
  const failures: unknown[] = []
  const token = randomBytes(24).toString('base64url')
  const linkKey = randomBytes(32).toString('base64')
  const viewerToken = randomBytes(24).toString('base64url')
  const onFailed = (error: unknown): void => {
    failures.push(error)
  }
  const keeper = new TokenkeeperClient({
    client: client.client,
    publicKey,
    taskQueue,
    connectLinks: { url: `${base}/connect`, keys: [linkKey] },
  })
  const shared = { client: client.client, keeper, taskQueue, onFailed }
  const console = createConsole({
    ...shared,
    publicUrl: base,
    signIn: { kind: 'token', token, viewerToken },
  })
  const team = createConsole({
    ...shared,
    publicUrl: `${base}/oidc`,
    signIn: {
      kind: 'oidc',
      issuer: server.origin,
      clientId: 'tokenkeeper',
      clientSecret,
      scope: 'openid',
      roleOf: ({ sub }) => (sub === 'anna' ? 'operator' : undefined),
    },
  })
  const pages = createConnectPages({
    keeper,
    onFailed,
    brand: { name: 'Acme Orders', accentColor: '#8a2be2', darkAccentColor: '#c9a2ff' },
  })
  const http: ServerType = serve({
    port,
    hostname: '127.0.0.1',
    fetch: (request) => {
      const { pathname } = new URL(request.url)
      if (pathname.startsWith('/oidc')) return team.fetch(request)
      if (pathname === '/upstream/busy/token')
        return new Response('{}', { status: 429, headers: { 'retry-after': '120' } })
      return pathname.startsWith('/connect/') ? pages.fetch(request) : console.fetch(request)
    },
  })
  return {
    ...client,
    keeper,
    linkKey,
    ...{ run, base, taskQueue, token, viewerToken, server, shop, erp, shopId, erpId, erpKeys },
    regionalId,
    clientSecret,
    failures,
    worker,
    sync: async (name, account = 'default') => {
      const workflowId = `sync${suffix}-${name}`
      await client.client.workflow.start<(input: SyncInput) => Promise<SyncResult>>('syncFlow', {
        taskQueue,
        workflowId,
        args: [
          {
            from: {
              connection: `${shopId}/acme`,
              endpoint: 'orders.list',
              input: { flow: 'a', limit: 10 },
            },
            to: { connection: `${erpId}/${account}`, endpoint: 'orders.upsert' },
            keeperTaskQueue: taskQueue,
          },
        ],
      })
      return workflowId
    },
    stop: async () => {
      if ('closeAllConnections' in http) http.closeAllConnections()
      http.close()
      await worker.stop()
      await endWorkflows(client.client, taskQueue)
      await client.close()
      await Promise.all([shop.stop(), erp.stop()])
      await server.stop()
    },
  }
}

function shopOf(id: string, shop: Shop, server: AuthorizationServer): Connector {
  return defineConnector({
    id,
    baseUrl: shop.origin,
    auth: authorizationCode({
      authorizationUrl: `${server.origin}/auth`,
      tokenUrl: server.tokenUrl,
      clientId: 'tokenkeeper',
      clientSecret: secret(`env:${SECRET}`),
      scope: 'openid offline_access orders',
      rotation: 'rotating',
      authorizationParameters: { prompt: 'consent' },
    }),
    verify: 'shop',
    connect: { name: 'Example Shop', text: 'Orders are read, and nothing is changed.' },
    endpoints: {
      shop: get('/shop'),
      'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
    },
  })
}

function regionalOf(
  id: string,
  { shop, server, base }: { shop: Shop; server: AuthorizationServer; base: string },
): Connector {
  return defineConnector({
    id,
    baseUrl: shop.origin,
    auth: authorizationCode({
      authorizationUrl: `${server.origin}/auth`,
      tokenUrl: `${base}/upstream/{region}/token`,
      clientId: 'tokenkeeper',
      clientSecret: secret(`env:${SECRET}`),
      scope: 'openid offline_access orders',
      rotation: 'rotating',
      authorizationParameters: { prompt: 'consent' },
    }),
    variables: { region: { from: 'credential', form: 'label' } },
    connect: { name: 'Regional Shop' },
    endpoints: { shop: get('/shop') },
  })
}

function erpOf(id: string, erp: Erp): Connector {
  return defineConnector({
    id,
    baseUrl: erp.origin,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    verify: 'me',
    connect: {
      name: 'Example ERP',
      text: 'Orders are written into your ERP.',
      fields: {
        apiKey: {
          label: 'Integration key',
          help: 'In the ERP under Settings, Integrations, Keys. It needs the right "write orders".',
          link: { label: 'How to make a key', url: 'https://erp.example/help/keys' },
          placeholder: 'erp_…',
        },
      },
    },
    endpoints: {
      me: get('/me'),
      'orders.upsert': post('/orders/batch', {
        batch: { size: 50, items: 'orders' },
        idempotency: { header: 'Idempotency-Key', id: 'id' },
      }),
    },
  })
}
