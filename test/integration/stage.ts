import { withoutUndefined } from '../../src/contract/plain-data.js'
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client'
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker'
import { expect, inject } from 'vitest'
import type { CustomAuthRegistry } from '../../src/auth/custom/define-custom-auth.js'
import type { SyncInput, SyncResult } from '../../src/contract/sync.js'
import type { Connector } from '../../src/connectors/connector.js'
import type {
  KeeperOptions,
  KeeperWorkerOptions,
  SlotsOptions,
} from '../../src/worker/keeper-options.js'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { endWorkflows } from '../fixtures/end-workflows.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { type MisbehavingProxy, startMisbehavingProxy } from '../fixtures/misbehaving-proxy.js'
import { type Shop, startShop } from '../fixtures/shop.js'
import {
  connectClient,
  erpConnector,
  type Keeper,
  makeKey,
  shopConnector,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { fetchBundle } from '../setup/workflow-bundle.js'
import { type Canaries, evidence, findLeaks } from './evidence.js'
import { hasBegun, replayRuns, type Run, unnoticedDeaths } from './replay-runs.js'

export interface StageOptions {
  readonly accessTokenSeconds?: number
  /** Orders by flow. */
  readonly orders?: Readonly<Record<string, number>>
  readonly pageDelayMs?: number
  /** See `ShopOptions.beforePage`. */
  readonly beforePage?: () => Promise<unknown>
  /** How long a write to the ERP takes. */
  readonly writeDelayMs?: number
  readonly refresh?: object
  readonly maxLeaseAgeMs?: number
  /** The shop and the ERP have no verify endpoint. */
  readonly verify?: false
  /** Default 100. With 0 every workflow task replays the whole history, which takes three times the processor. */
  readonly cachedWorkflows?: number
  /** How many activities a keeper worker runs at once. */
  readonly slots?: SlotsOptions
  /** Further connectors of the keeper worker. */
  readonly connectors?: (stage: { readonly run: string }) => readonly Connector[]
  /** The functions behind those that authenticate by `custom()`. */
  readonly customAuth?: CustomAuthRegistry
  /** What syncs may name. */
  readonly functions?: Pick<KeeperOptions, 'sinks' | 'transforms'>
  /** Further options of the keeper worker. */
  readonly keeper?:
    | Partial<KeeperWorkerOptions>
    | ((stage: { readonly run: string }) => Partial<KeeperWorkerOptions>)
  /** Workflow code of its own. Default: {@link testBundle}. */
  readonly bundle?: () => Promise<WorkflowBundleWithSourceMap>
}

/** A Temporal server, an authorization server, a shop, an ERP and a keeper worker: all real, on loopback. */
export interface Stage extends TestClient {
  /** Makes the names of this stage its own on a shared server. */
  readonly run: string
  readonly address: string
  readonly taskQueue: string
  readonly bundle: WorkflowBundleWithSourceMap
  readonly server: AuthorizationServer
  /** Before the token endpoint. */
  readonly proxy: MisbehavingProxy
  readonly shop: Shop
  readonly erp: Erp
  readonly erpKey: string
  readonly shopId: string
  readonly erpId: string
  readonly keyFile: string
  readonly publicKey: string
  readonly connectors: readonly Connector[]
  /** By name: what is searched for at the end. */
  readonly canaries: [name: string, secret: string][]
  worker: Keeper
  readonly startKeeper: (
    connectors?: readonly Connector[],
    keyFiles?: readonly string[],
  ) => Promise<Keeper>
  readonly connectShop: () => Promise<string>
  readonly connectErp: () => Promise<void>
  readonly sync: (
    flow: string,
    more?: Partial<SyncInput>,
  ) => Promise<WorkflowHandleWithFirstExecutionRunId<() => Promise<SyncResult>>>
  /** Ends everything; replays every history of the stage and searches all that it left for secrets. */
  readonly end: () => Promise<void>
}

let bundling: Promise<WorkflowBundleWithSourceMap> | undefined

/** The workflow code under test, bundled once a run and fetched once a process. */
export async function testBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundling ??= fetchBundle(inject('bundleUrl'))
  return await bundling
}

export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const run = randomUUID().slice(0, 8)
  const address = inject('temporalAddress')
  const taskQueue = `keeper-${run}`
  const canary = (name: string): string => `canary-${name}-${randomBytes(12).toString('hex')}`
  const erpKey = canary('erp')
  const clientSecret = canary('client')
  const canaries: Stage['canaries'] = [
    ['erp key', erpKey],
    ['client secret', clientSecret],
  ]
  const server = await startAuthorizationServer({
    accessTokenSeconds: options.accessTokenSeconds ?? 3600,
    clients: [{ clientId: 'tokenkeeper', clientSecret }],
  })
  const proxy = await startMisbehavingProxy(server.origin)
  const shop = await startShop({
    authorizationServer: server,
    orders: options.orders ?? { a: 20 },
    pageDelayMs: options.pageDelayMs ?? 0,
    beforePage: options.beforePage,
  })
  const erp = await startErp({ keys: [erpKey], delayMs: options.writeDelayMs ?? 0 })
  const { file: keyFile, publicKey } = await makeKey()
  const [shopId, erpId] = [`shop-${run}`, `erp-${run}`]
  const tokenUrl = `${proxy.origin}/token`
  const { refresh, maxLeaseAgeMs, verify } = options
  const age = {
    maxLeaseAgeMs,
    verify,
  }
  const connectors = [
    shopConnector(shopId, shop.origin, server, tokenUrl, {
      refresh,
      ...age,
    }),
    erpConnector(erpId, erp.origin, age),
    ...(options.connectors?.({ run }) ?? []),
  ]
  const bundle = await (options.bundle ?? testBundle)()
  const keeperOptions =
    typeof options.keeper === 'function' ? options.keeper({ run }) : options.keeper
  const start: Stage['startKeeper'] = (those = connectors, keyFiles = [keyFile]) =>
    startKeeper(address, {
      keyFiles,
      taskQueue,
      connectors: those,
      workflowBundle: bundle,
      customAuth: options.customAuth,
      ...options.functions,
      ...keeperOptions,
      maxCachedWorkflows: options.cachedWorkflows ?? 100,
      ...withoutUndefined({
        slots: options.slots,
        // What comes with a heartbeat is waited for here: one a second, where a keeper sends one in five.
        maxHeartbeatThrottleInterval:
          keeperOptions?.economy === undefined ? ('1s' as const) : undefined,
      }),
    })
  const client = await connectClient(address, taskQueue, publicKey)
  const stage: Stage = {
    ...client,
    run,
    address,
    taskQueue,
    bundle,
    server,
    proxy,
    shop,
    erp,
    erpKey,
    shopId,
    erpId,
    keyFile,
    publicKey,
    connectors,
    canaries,
    worker: await start(),
    startKeeper: start,
    connectShop: async () => {
      const { refreshToken } = await fetchRefreshToken(server)
      canaries.push(['refresh token', refreshToken])
      await client.keeper.connect(shopId, 'acme', { refreshToken })
      return refreshToken
    },
    connectErp: async () => {
      await client.keeper.connect(erpId, 'default', { apiKey: erpKey })
    },
    sync: (flow, more = {}) =>
      client.client.workflow.start<(input: SyncInput) => Promise<SyncResult>>('syncFlow', {
        taskQueue,
        workflowId: `sync-${run}-${flow}`,
        args: [
          {
            from: {
              connection: `${shopId}/acme`,
              endpoint: 'orders.list',
              input: { flow, limit: 10 },
            },
            to: { connection: erpId, endpoint: 'orders.upsert' },
            keeperTaskQueue: taskQueue,
            ...more,
          },
        ],
      }),
    end: async () => {
      await checkHistories(stage, [...canaries, ...server.issued.map(asToken)])
      await stage.worker.stop()
      await endWorkflows(client.client, taskQueue)
      await client.close()
      await Promise.all([shop.stop(), erp.stop(), proxy.stop()])
      await server.stop()
    },
  }
  return stage
}

/** How a token that an authorization server gave out is named in {@link findLeaks}. */
export function asToken(token: string, index: number): [name: string, secret: string] {
  return [`token ${String(index + 1)}`, token]
}

async function workflowsOf(stage: Stage): Promise<string[]> {
  const query = `TaskQueue = '${stage.taskQueue}'`
  const ids: string[] = []
  for await (const { workflowId } of stage.client.workflow.list({ query })) ids.push(workflowId)
  return [...new Set(ids)]
}

/** `RECORD_HISTORIES=<folder>` keeps what a stage left: where `test/histories` comes from. */
async function checkHistories(stage: Stage, canaries: Canaries): Promise<void> {
  const runs = async function* (): AsyncGenerator<Run> {
    for (const workflowId of await workflowsOf(stage)) {
      const history = await stage.client.workflow.getHandle(workflowId).fetchHistory()
      const json = historyToJSON(history)
      expect(findLeaks(json, canaries), workflowId).toEqual([])
      const run = { workflowId, history }
      expect(unnoticedDeaths(run), workflowId).toEqual([])
      await record(run, json)
      yield run
    }
  }
  await replayRuns(stage.bundle, runs())
  expect(findLeaks(evidence(), canaries), 'logs and errors').toEqual([])
}

async function record(run: Run, json: string): Promise<void> {
  const folder = process.env['RECORD_HISTORIES']
  if (folder === undefined || !hasBegun(run)) return
  await writeFile(join(folder, `${run.workflowId.replaceAll(/[^\w.-]/g, '_')}.json`), json)
}
