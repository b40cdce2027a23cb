import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import type { SyncResult } from '../../src/contract/sync.js'
import {
  type AuthorizationServer,
  DEFAULT_CLIENT,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { type Shop, startShop } from '../fixtures/shop.js'
import type { Container } from './container.js'
import { runCommand } from './run-command.js'
import { createStage, type Prepared, type Stage, up } from './stage.js'

/** The parts that are killed, each with those whose health check must not turn red by it. */
const PARTS = [
  { part: 'keeper', stays: ['temporal', 'flows', 'console'] },
  { part: 'flows', stays: ['temporal', 'keeper', 'console'] },
  { part: 'console', stays: ['temporal', 'keeper', 'flows'] },
  { part: 'temporal', stays: ['postgresql', 'keeper', 'flows'] },
  { part: 'postgresql', stays: ['keeper', 'flows'] },
] as const

const ORDERS = 120
const ORDERS_A_PAGE = 10
const PAGE_DELAY_MS = 300
/** Longer than a kill, so that no token request is under way in it: that is what worker-death.test.ts is about. */
const TOKEN_SECONDS = 300
const ERP_KEY = 'the-key-of-the-erp'
const TEMPORAL = '127.0.0.1:7233'

const prepared = JSON.parse(
  await readFile(process.env['DEPLOY_PREPARED'] ?? '', 'utf8'),
) as Prepared
const shares = Object.fromEntries(
  PARTS.flatMap(({ part }) => [`${part}-one`, `${part}-two`]).map((name) => [name, ORDERS]),
)

let authorizationServer: AuthorizationServer
let shop: Shop
let erp: Erp
let stage: Stage
let connection: Connection
let client: Client
let keeper: TokenkeeperClient
let publicKey: string

function container(name: string): Container {
  const found = stage.get(name)
  if (found === undefined) throw new Error(`${name} does not run here`)
  return found
}

beforeAll(async () => {
  authorizationServer = await startAuthorizationServer({ accessTokenSeconds: TOKEN_SECONDS })
  shop = await startShop({ authorizationServer, orders: shares, pageDelayMs: PAGE_DELAY_MS })
  erp = await startErp({ keys: [ERP_KEY], delayMs: 50 })
  const keyFile = `${prepared.folder}/keeper-key`
  const program = `${prepared.project}/node_modules/.bin/tokenkeeper`
  const made = await runCommand(program, ['keygen', '--out', keyFile])
  expect(made.code, made.output).toBe(0)
  publicKey = made.stdout.trim()
  stage = await createStage({
    prepared,
    settings: { TOKENKEEPER_PUBLIC_KEY: publicKey },
    secrets: {
      'keeper-key': await readFile(keyFile, 'utf8'),
      'postgres-password': randomBytes(24).toString('hex'),
      'console-token': randomBytes(24).toString('hex'),
    },
    keeperEnv: {
      SHOP_URL: shop.origin,
      TOKEN_URL: authorizationServer.tokenUrl,
      ERP_URL: erp.origin,
      SHOP_CLIENT_ID: DEFAULT_CLIENT.clientId,
      SHOP_CLIENT_SECRET: DEFAULT_CLIENT.clientSecret,
      TOKENKEEPER_SECRET_ERP: ERP_KEY,
    },
  })
  await up(stage)
  connection = await Connection.connect({ address: TEMPORAL })
  client = new Client({ connection })
  keeper = new TokenkeeperClient({ client, publicKey })
}, 300_000)

afterAll(async () => {
  await Promise.all([...stage.values()].map((one) => one.kill()))
  await Promise.all([connection.close(), authorizationServer.stop(), shop.stop(), erp.stop()])
})

it('has every health check green, each service after what it depends on', async () => {
  for (const name of ['postgresql', 'temporal', 'keeper', 'flows', 'console'])
    await container(name).become('healthy')
}, 300_000)

it('finds schema, namespace and search attributes set up when they are set up again', async () => {
  for (const name of ['temporal-schema', 'temporal-namespace', 'setup'])
    await container(name).runToEnd()
}, 120_000)

it('gives the keys to the keeper worker alone, and lets none of the project write', async () => {
  const look = async (name: string, command: string) =>
    (await container(name).exec(['/bin/sh', '-c', command], 10_000)).output.trim()
  for (const name of ['keeper', 'flows', 'console', 'setup']) {
    expect(await look(name, 'id -u')).toBe('1000')
    expect(await look(name, 'touch /project/x /x 2>/dev/null; ls /project/x /x 2>&1')).not.toMatch(
      /^\/(project\/)?x$/m,
    )
    expect(await look(name, 'touch /tmp/x && echo written')).toBe('written')
  }
  expect(await look('keeper', 'test -s /run/secrets/keeper-key && echo there')).toBe('there')
  expect(await look('keeper', 'echo $SHOP_CLIENT_SECRET')).toBe(DEFAULT_CLIENT.clientSecret)
  for (const name of ['flows', 'console', 'setup']) {
    expect(await look(name, 'ls /run/secrets 2>&1')).not.toContain('keeper-key')
    expect(await look(name, 'env')).not.toMatch(/SHOP_CLIENT_SECRET|the-key-of-the-erp/)
  }
}, 120_000)

it('connects accounts through it', async () => {
  const { refreshToken } = await fetchRefreshToken(authorizationServer)
  expect(await keeper.connect('shop', 'acme', { refreshToken })).toMatchObject({ status: 'active' })
  const reference = 'env:TOKENKEEPER_SECRET_ERP'
  expect(await keeper.connect('erp', 'default', { reference })).toMatchObject({ status: 'active' })
}, 120_000)

describe.each(PARTS)('$part, killed in the middle of two syncs', ({ part, stays }) => {
  const flows = [`${part}-one`, `${part}-two`]
  let results: Promise<readonly SyncResult[]>

  it('is told to be dead by its own health check, and by no other', async () => {
    results = Promise.all(flows.map(startSync))
    results.catch(() => undefined)
    await until(() => flows.every((flow) => (erp.counters.ordersOfFlow[flow] ?? 0) >= 20))
    // A write is in the air: the ERP has applied it, and its answer never arrives.
    await erp.nextWrite()
    await container(part).kill()
    for (const flow of flows) expect(erp.counters.ordersOfFlow[flow]).toBeLessThan(ORDERS)
    await container(part).become('unhealthy')
    for (const other of stays)
      expect(await container(other).check(), other).toMatchObject({ code: 0 })
  }, 180_000)

  it('is well again when it is started again', async () => {
    await container(part).runUntilHealthy()
    for (const [name, one] of stage)
      if (['postgresql', 'temporal', 'keeper', 'flows', 'console'].includes(name))
        await one.become('healthy')
  }, 180_000)

  it('has lost no record and doubled none', async () => {
    const ended = await results
    expect(ended.map(({ read, written }) => ({ read, written }))).toEqual(
      flows.map(() => ({ read: ORDERS, written: ORDERS })),
    )
    const ids = shop.orderIds().filter((id) => flows.some((flow) => id.startsWith(`${flow}-`)))
    expect(ids).toHaveLength(flows.length * ORDERS)
    expect(erp.missing(ids)).toEqual([])
    expect(erp.counters.appliedTwice).toBe(0)
  }, 180_000)
})

it('has lost nothing and doubled nothing after all of it, with one grant that lives', async () => {
  expect(erp.missing(shop.orderIds())).toEqual([])
  expect(erp.counters.orders).toBe(shop.counters.orders)
  expect(erp.counters.appliedTwice).toBe(0)
  expect(authorizationServer.counters.familiesRevoked).toBe(0)
  expect(await keeper.status('shop', 'acme')).toMatchObject({ status: 'active' })
})

it('tells before an upgrade that running workflows would go on', async () => {
  const check = ['node', 'node_modules/tokenkeeper/deploy/check-replay.mjs']
  const keepers = await container('keeper').exec(check, 120_000)
  expect(keepers.output).toMatch(/^[1-9]\d* histories can be replayed, 0 can not\.$/m)
  const ended = ['--query', "ExecutionStatus = 'Completed'", '--limit', '5']
  const flows = ['--task-queue', 'flows', '--workflows', 'out/workflows.js', ...ended]
  const own = await container('flows').exec([...check, ...flows], 120_000)
  expect(own.output).toMatch(/^[1-9]\d* histories can be replayed, 0 can not\.$/m)
  expect([keepers.code, own.code]).toEqual([0, 0])
}, 240_000)

describe('the database, restored from a backup', () => {
  const DUMP = '/var/lib/postgresql/data/temporal.dump'

  it('brings old refresh tokens back, and goes on when it is connected again', async () => {
    await inDatabase(`pg_dump --format custom temporal > ${DUMP}`)
    await keeper.refresh('shop', 'acme')
    await keeper.refresh('shop', 'acme')
    for (const name of ['keeper', 'flows', 'console', 'temporal']) await container(name).kill()
    await inDatabase('dropdb --force temporal')
    await inDatabase('createdb temporal')
    await inDatabase(`pg_restore --dbname temporal ${DUMP}`)
    await container('temporal').runUntilHealthy()
    for (const name of ['keeper', 'flows']) await container(name).runUntilHealthy()

    expect(await keeper.status('erp', 'default')).toMatchObject({ status: 'active' })
    await expect(keeper.refresh('shop', 'acme')).rejects.toThrow('invalid_grant')
    expect(await keeper.status('shop', 'acme')).toMatchObject({ status: 'degraded' })
    const { refreshToken } = await fetchRefreshToken(authorizationServer)
    await keeper.connect('shop', 'acme', { refreshToken })
    expect(await keeper.status('shop', 'acme')).toMatchObject({ status: 'active' })
  }, 240_000)

  async function inDatabase(command: string): Promise<void> {
    const password = 'PGPASSWORD="$(cat /run/secrets/postgres-password)"'
    const place = 'PGHOST=127.0.0.1 PGUSER=temporal'
    const shell = ['/bin/sh', '-c', `export ${password} ${place}; ${command}`]
    const { code, output } = await container('postgresql').exec(shell, 60_000)
    expect(code, `${command}: ${output}`).toBe(0)
  }
})

async function startSync(flow: string): Promise<SyncResult> {
  const input = {
    from: {
      connection: 'shop/acme',
      endpoint: 'orders.list',
      input: { flow, limit: ORDERS_A_PAGE },
    },
    to: { connection: 'erp', endpoint: 'orders.upsert' },
  }
  const workflowId = `sync-${flow}`
  await client.workflow.start('syncFlow', { taskQueue: 'flows', workflowId, args: [input] })
  return await resultOf(workflowId)
}

/** Waits for the result through the restarts of the server, of which the client hears. */
async function resultOf(workflowId: string): Promise<SyncResult> {
  for (;;) {
    try {
      return (await client.workflow.result(workflowId)) as SyncResult
    } catch (error) {
      if (error instanceof Error && error.name === 'WorkflowFailedError') throw error
      await pause(1000)
    }
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(50)
}
