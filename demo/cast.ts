import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@temporalio/client'
import { writeKeyPair } from '../src/cli/write-key-file.js'
import { TokenkeeperClient } from '../src/client/tokenkeeper-client.js'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../test/fixtures/authorization-server.js'
import { type Erp, startErp } from '../test/fixtures/erp.js'
import { type Shop, startShop } from '../test/fixtures/shop.js'
import { type Child, ChildProcesses } from './child-processes.js'
import { ACCESS_TOKEN_SECONDS, FIRST, ORDERS_PER_PAGE, PAGE_DELAY_MS, SECOND } from './flows.js'
import { startTemporalServer } from './temporal-server.js'

/** Everything that plays a part, running. */
export interface Cast {
  readonly authorizationServer: AuthorizationServer
  readonly shop: Shop
  readonly erp: Erp
  readonly erpKeys: { readonly old: string; readonly next: string }
  readonly client: Client
  readonly keeper: TokenkeeperClient
  readonly webUi: string
  /** The keeper worker's process now; replaced by {@link Cast.startKeeper}. */
  readonly keeperProcess: () => Child
  readonly startKeeper: () => Promise<Child>
}

export interface CastHooks {
  /** Hears at once how to end what is being started. */
  readonly onStart: (stop: () => Promise<void>, killNow: () => void) => void
  /** A process of the cast was lost. */
  readonly onLoss: (error: Error) => void
}

/** Starts the servers, Temporal and the two workers. */
export async function startCast(hooks: CastHooks): Promise<Cast> {
  const children = new ChildProcesses(hooks.onLoss)
  const folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-demo-'))
  const servers: { stop: () => Promise<void> }[] = []
  const stop = async () => {
    await children.stop()
    await Promise.all(servers.map((server) => server.stop()))
    await rm(folder, { recursive: true, force: true })
  }
  hooks.onStart(stop, () => {
    children.killNow()
  })
  const keep = <T extends { stop: () => Promise<void> }>(server: T): T => {
    servers.push(server)
    return server
  }

  const shopClient = { clientId: 'tokenkeeper-demo', clientSecret: randomKey() }
  const erpKeys = { old: randomKey(), next: randomKey() }
  const temporalStarting = startTemporalServer(
    children,
    process.env['TEMPORAL_CLI_PATH'] ?? 'temporal',
  )
  const authorizationServer = keep(
    await startAuthorizationServer({
      accessTokenSeconds: ACCESS_TOKEN_SECONDS,
      clients: [shopClient],
    }),
  )
  const shop = keep(
    await startShop({
      authorizationServer,
      orders: { ...FIRST, ...SECOND },
      pageDelayMs: PAGE_DELAY_MS,
      maxPageSize: ORDERS_PER_PAGE,
    }),
  )
  const erp = keep(await startErp({ keys: [erpKeys.old], delayMs: 25 }))
  const keyFile = join(folder, 'keeper.key')
  const publicKey = await writeKeyPair(keyFile, new Date())
  const temporal = await temporalStarting

  const startKeeper = async (): Promise<Child> => {
    const child = startScript(children, 'keeper worker', 'keeper.ts', {
      DEMO_TEMPORAL_ADDRESS: temporal.address,
      DEMO_SHOP_URL: shop.origin,
      DEMO_AUTHORIZE_URL: `${authorizationServer.origin}/auth`,
      DEMO_TOKEN_URL: authorizationServer.tokenUrl,
      DEMO_ERP_URL: erp.origin,
      DEMO_KEY_FILE: keyFile,
      SHOP_CLIENT_ID: shopClient.clientId,
      SHOP_CLIENT_SECRET: shopClient.clientSecret,
      TOKENKEEPER_SECRET_ERP_NEXT: erpKeys.next,
    })
    await child.ready
    return child
  }
  const flowWorker = startScript(children, 'flow worker', 'flow-worker.ts', {
    DEMO_TEMPORAL_ADDRESS: temporal.address,
  })
  let keeperProcess = await startKeeper()
  await flowWorker.ready

  const client = new Client({ connection: temporal.connection })
  return {
    authorizationServer,
    shop,
    erp,
    erpKeys,
    client,
    keeper: new TokenkeeperClient({ client, publicKey }),
    webUi: temporal.webUi,
    keeperProcess: () => keeperProcess,
    startKeeper: async () => (keeperProcess = await startKeeper()),
  }
}

function startScript(
  children: ChildProcesses,
  name: string,
  file: string,
  env: NodeJS.ProcessEnv,
): Child {
  const path = fileURLToPath(new URL(file, import.meta.url))
  return children.start(name, process.execPath, ['--import', 'tsx', path], env)
}

function randomKey(): string {
  return randomBytes(24).toString('base64url')
}
