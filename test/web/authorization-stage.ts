import { randomBytes, randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import {
  authorizationCode,
  type Connector,
  defineConnector,
  get,
  secret,
} from '../../src/connectors/index.js'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { endWorkflows } from '../fixtures/end-workflows.js'
import { startErp } from '../fixtures/erp.js'
import { freePorts } from '../../scripts/temporal/free-ports.js'
import { type Shop, startShop } from '../fixtures/shop.js'
import {
  connectClient,
  erpConnector,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { testBundle } from '../integration/stage.js'

/** A Temporal server, `oidc-provider`, a shop and a keeper worker: what an authorization needs. */
export interface AuthorizationStage extends TestClient {
  readonly address: string
  readonly taskQueue: string
  readonly publicKey: string
  readonly server: AuthorizationServer
  readonly shop: Shop
  readonly shopId: string
  readonly clientSecret: string
  /** With an API key, and two keys that it takes. */
  readonly erpId: string
  readonly erpKeys: readonly [string, string]
  /** Where the handler has to listen: the authorization server knows its callback. */
  readonly port: number
  readonly worker: Keeper
  readonly stop: () => Promise<void>
}

export async function startAuthorizationStage(callbackPath: string): Promise<AuthorizationStage> {
  const run = randomUUID().slice(0, 8)
  const address = inject('temporalAddress')
  const taskQueue = `web-${run}`
  const clientSecret = `canary-client-${randomBytes(12).toString('hex')}`
  const [port = 0] = await freePorts(1)
  const server = await startAuthorizationServer({
    accessTokenSeconds: 3600,
    clients: [{ clientId: 'tokenkeeper', clientSecret }],
    redirectUris: [`http://127.0.0.1:${String(port)}${callbackPath}`],
  })
  const shop = await startShop({ authorizationServer: server, orders: { a: 1 }, pageDelayMs: 0 })
  const key = (): string => `canary-erp-${randomBytes(12).toString('hex')}`
  const erpKeys = [key(), key()] as const
  const erp = await startErp({ keys: [...erpKeys] })
  const erpId = `erp-${run}`
  const { file, publicKey } = await makeKey()
  const shopId = `shop-${run}`
  const worker = await startKeeper(address, {
    keyFiles: [file],
    taskQueue,
    connectors: [
      shopByBrowser(shopId, shop, server, clientSecret),
      erpConnector(erpId, erp.origin),
    ],
    workflowBundle: await testBundle(),
  })
  const client = await connectClient(address, taskQueue, publicKey)
  return {
    ...client,
    ...{
      address,
      taskQueue,
      publicKey,
      server,
      shop,
      shopId,
      clientSecret,
      erpId,
      erpKeys,
      port,
      worker,
    },
    stop: async () => {
      await worker.stop()
      await endWorkflows(client.client, taskQueue)
      await client.close()
      await Promise.all([shop.stop(), erp.stop()])
      await server.stop()
    },
  }
}

function shopByBrowser(
  id: string,
  shop: Shop,
  server: AuthorizationServer,
  clientSecret: string,
): Connector {
  process.env['TEST_WEB_CLIENT_SECRET'] = clientSecret
  return defineConnector({
    id,
    baseUrl: shop.origin,
    auth: authorizationCode({
      authorizationUrl: `${server.origin}/auth`,
      tokenUrl: server.tokenUrl,
      clientId: 'tokenkeeper',
      clientSecret: secret('env:TEST_WEB_CLIENT_SECRET'),
      scope: 'openid offline_access orders',
      rotation: 'rotating',
      authorizationParameters: { prompt: 'consent' },
    }),
    verify: 'shop',
    endpoints: { shop: get('/shop') },
  })
}
